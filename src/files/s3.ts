import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request } from 'undici';
import { FileMissing, type Files, FilesAway, isKey } from './files.ts';
import type { S3Place } from './s3-url.ts';
import { type Draft, staging } from './staging.ts';

export interface S3Options extends S3Place {
  /** Folder for uploads under way: S3 wants the size and the hash of an object before its first byte. */
  readonly incoming: string;
  /** Bytes that uploads under way may take together. */
  readonly room: number;
}

const attempts = 3;
/** Milliseconds without a byte. */
const silence = 30_000;

interface Asked {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt. */
  readonly body?: () => Readable;
}

/** Files as objects of S3-compatible storage: `<prefix>/<deployment>/<key>`. */
export function s3Files(options: S3Options): Files {
  const { accessKeyId, secretAccessKey, sessionToken, region } = options;
  const incoming = staging(options.incoming, options.room);
  const agent = new Agent({ headersTimeout: silence, bodyTimeout: silence, connectTimeout: 10_000 });
  const signingKeys = new Map<string, ArrayBuffer>();
  const urlOf = (deployment: number, key: string): string => {
    if (!isKey(key)) throw new FileMissing(`${key.slice(0, 40)} is no key`);
    return `${options.base}/${options.prefix}${deployment}/${key}`;
  };

  async function once(url: string, { method, headers = {}, body }: Asked) {
    // A day's signing key is one entry; without a bound a process that runs for years would keep them all.
    if (signingKeys.size > 10) signingKeys.clear();
    const signed = await new AwsV4Signer({
      method,
      url,
      headers,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 's3',
      region,
      cache: signingKeys,
    }).sign();
    return request(signed.url, {
      method,
      headers: Object.fromEntries(signed.headers),
      body: body?.() ?? null,
      dispatcher: agent,
    });
  }

  /** Asks again when the storage stumbles. Rejects with `FilesAway` when it does not answer, `FileMissing` when it has no such object. */
  async function ask(url: string, asked: Asked) {
    let reason = '';
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await sleep(100 * 4 ** attempt * (0.5 + Math.random() / 2));
      try {
        const answer = await once(url, asked);
        if (answer.statusCode < 300) return answer;
        const said = (await answer.body.text()).slice(0, 300);
        if (answer.statusCode === 404 && asked.method !== 'PUT') throw new FileMissing(url);
        reason = `it answered ${answer.statusCode}: ${said}`;
        if (answer.statusCode < 500 && answer.statusCode !== 429) break;
      } catch (error) {
        if (error instanceof FileMissing) throw error;
        reason = String(error);
      }
    }
    throw new FilesAway(`${asked.method} ${url}: ${reason}`);
  }

  async function store(url: string, { path, size, sha256, drop }: Draft): Promise<void> {
    const headers = {
      'content-length': String(size),
      'content-type': 'application/octet-stream',
      'x-amz-content-sha256': sha256,
    };
    try {
      const { body } = await ask(url, { method: 'PUT', headers, body: () => createReadStream(path) });
      await body.dump();
    } finally {
      await drop();
    }
  }

  async function remove(deployment: number, key: string): Promise<void> {
    try {
      const { body } = await ask(urlOf(deployment, key), { method: 'DELETE' });
      await body.dump();
    } catch (error) {
      if (!(error instanceof FileMissing)) throw error;
    }
  }

  return {
    async put(content) {
      const { path, size, sha256, drop } = await incoming.take(content);
      return {
        size,
        sha256,
        drop,
        keep: async (deployment) => {
          const key = randomBytes(16).toString('hex');
          await store(urlOf(deployment, key), { path, size, sha256, drop });
          return key;
        },
      };
    },
    async open(deployment, key, range) {
      const headers = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      const answer = await ask(urlOf(deployment, key), { method: 'GET', headers });
      if (range && answer.statusCode !== 206) {
        answer.body.destroy();
        throw new FilesAway('the storage does not serve ranges');
      }
      return { length: Number(answer.headers['content-length']), content: answer.body };
    },
    remove,
    // Not every compatible storage copies by itself.
    async copy(from, to, key) {
      const { body } = await ask(urlOf(from, key), { method: 'GET' });
      await store(urlOf(to, key), await incoming.take(body));
    },
    async clear(deployment, keys) {
      for (const key of keys) await remove(deployment, key);
    },
    sweep: () => incoming.sweep(),
    close: () => agent.destroy(),
  };
}
