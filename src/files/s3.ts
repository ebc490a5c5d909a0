import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { HttpClient } from '../http/client.ts';
import { outgoingTimeouts } from '../http/timeouts.ts';
import { FileMissing, type Files, FilesAway, isKey, type Range } from './files.ts';
import type { S3Place } from './s3-url.ts';
import { type Staging, staging, type UploadDraft } from './staging.ts';

export interface S3Options extends S3Place {
  /** Folder for uploads under way: S3 needs the size and the hash of an object before its first byte. */
  readonly incoming: string;
  /** Bytes that uploads under way may take together. */
  readonly room: number;
}

const attemptsMax = 3;

interface StorageRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Made again for each attempt. */
  readonly body?: () => Readable;
}

/** Files as objects of S3-compatible storage: `<prefix>/<deployment>/<key>`. */
export const s3Files = (options: S3Options): Files => new S3Files(options);

class S3Files implements Files {
  readonly #place: S3Place;
  readonly #incoming: Staging;
  readonly #client = new HttpClient({ silenceMs: outgoingTimeouts.storageSilenceMs });
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  constructor(options: S3Options) {
    this.#place = options;
    this.#incoming = staging(options.incoming, options.room);
  }

  async put(content: AsyncIterable<Uint8Array>) {
    const { path, size, sha256, drop } = await this.#incoming.take(content);
    const keep = async (deployment: number): Promise<string> => {
      const key = randomBytes(16).toString('hex');
      await this.#store(this.#urlOf(deployment, key), { path, size, sha256, drop });
      return key;
    };
    return { size, sha256, drop, keep };
  }

  async open(deployment: number, key: string, range?: Range) {
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    const answer = await this.#request(this.#urlOf(deployment, key), { method: 'GET', headers });
    if (range && answer.statusCode !== 206) {
      answer.body.destroy();
      throw new FilesAway('the storage does not serve ranges');
    }
    return { length: Number(answer.headers['content-length']), content: answer.body };
  }

  async remove(deployment: number, key: string): Promise<void> {
    try {
      const { body } = await this.#request(this.#urlOf(deployment, key), { method: 'DELETE' });
      await body.dump();
    } catch (error) {
      if (!(error instanceof FileMissing)) throw error;
    }
  }

  /** By way of this machine: not every compatible storage copies by itself. */
  async copy(from: number, to: number, key: string): Promise<void> {
    const { body } = await this.#request(this.#urlOf(from, key), { method: 'GET' });
    await this.#store(this.#urlOf(to, key), await this.#incoming.take(body));
  }

  async clear(deployment: number, keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.remove(deployment, key);
  }

  sweep(): Promise<number> {
    return this.#incoming.sweep();
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #urlOf(deployment: number, key: string): string {
    if (!isKey(key)) throw new FileMissing(`${key.slice(0, 40)} is no key`);
    return `${this.#place.base}/${this.#place.prefix}${deployment}/${key}`;
  }

  /** Tries again when the storage fails. Rejects with `FilesAway` when it does not answer, `FileMissing` when it has no such object. */
  async #request(url: string, request: StorageRequest) {
    let reason = '';
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (attempt > 0) await sleep(100 * 4 ** attempt * (0.5 + Math.random() / 2));
      try {
        const answer = await this.#attempt(url, request);
        if (answer.statusCode < 300) return answer;
        const text = (await answer.body.text()).slice(0, 300);
        if (answer.statusCode === 404 && request.method !== 'PUT') throw new FileMissing(url);
        reason = `it answered ${answer.statusCode}: ${text}`;
        if (answer.statusCode < 500 && answer.statusCode !== 429) break;
      } catch (error) {
        if (error instanceof FileMissing) throw error;
        reason = String(error);
      }
    }
    throw new FilesAway(`${request.method} ${url}: ${reason}`);
  }

  async #attempt(url: string, { method, headers = {}, body }: StorageRequest) {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.#place;
    // A day's signing key is one entry; without a bound a process that runs for years would keep them all.
    if (this.#signingKeys.size > 10) this.#signingKeys.clear();
    const signed = await new AwsV4Signer({
      ...{ method, url, headers, accessKeyId, secretAccessKey, service: 's3', region },
      ...(sessionToken === undefined ? {} : { sessionToken }),
      cache: this.#signingKeys,
    }).sign();
    return this.#client.send(signed.url, {
      method,
      headers: Object.fromEntries(signed.headers),
      body: body?.(),
    });
  }

  async #store(url: string, { path, size, sha256, drop }: UploadDraft): Promise<void> {
    const headers = {
      'content-length': String(size),
      'content-type': 'application/octet-stream',
      'x-amz-content-sha256': sha256,
    };
    try {
      const put = { method: 'PUT', headers, body: () => createReadStream(path) } as const;
      const { body } = await this.#request(url, put);
      await body.dump();
    } finally {
      await drop();
    }
  }
}
