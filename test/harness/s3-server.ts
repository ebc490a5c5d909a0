import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of S3 as is needed, which believes no signature that it has not worked out itself (AWS Signature Version 4, from its specification). */
export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** `PUT 200`, in the order of the requests. */
  readonly log: string[];
  /** Answers this many of the next requests with 503. */
  stumble: number;
  close(): Promise<void>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const hex = (of: string | Buffer): string => createHash('sha256').update(of).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Why a request is not to be believed. */
function problemOf(request: IncomingMessage, body: Buffer, credentials: Credentials): string | undefined {
  const {
    authorization = '',
    'x-amz-date': date = '',
    'x-amz-content-sha256': payload = '',
  } = request.headers;
  const found = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    authorization,
  );
  if (!found) return 'no signature';
  const [, credential = '', signed = '', signature] = found;
  const day = String(date).slice(0, 8);
  if (
    Math.abs(
      Date.now() - Date.parse(String(date).replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, '$1-$2-$3:$4:')),
    ) > 900_000
  )
    return 'the date is not now';
  const scope = `${day}/${credentials.region}/s3/aws4_request`;
  if (credential !== `${credentials.accessKeyId}/${scope}`) return `the credential is ${credential}`;
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== hex(body)) return 'the payload is another';
  const names = signed.split(';');
  for (const wanted of ['host', 'x-amz-content-sha256', 'x-amz-date'])
    if (!names.includes(wanted)) return `${wanted} is not signed`;
  if (request.method === 'PUT' && payload === 'UNSIGNED-PAYLOAD') return 'the payload is not signed';
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const canonical = [
    request.method,
    path,
    query.split('&').sort().join('&'),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    signed,
    payload,
  ].join('\n');
  const key = [day, credentials.region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (from, part) => hmac(from, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hex(canonical)].join('\n')).toString('hex');
  return expected === signature ? undefined : 'the signature does not match';
}

export async function startS3(credentials: Credentials): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const log: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    const say = (code: number, content: Buffer | string = '', headers: Record<string, string> = {}): void => {
      log.push(`${request.method} ${code}`);
      response.writeHead(code, { 'Content-Length': Buffer.byteLength(content), ...headers });
      response.end(content);
    };
    if (state.stumble > 0) {
      state.stumble--;
      return say(503, '<Error><Code>SlowDown</Code></Error>');
    }
    const problem = problemOf(request, body, credentials);
    if (problem !== undefined) return say(403, `<Error><Code>SignatureDoesNotMatch</Code>${problem}</Error>`);
    if (request.method === 'PUT') {
      // S3 wants to know the length first.
      if (request.headers['content-length'] === undefined) return say(411);
      objects.set(path, body);
      return say(200);
    }
    const object = objects.get(path);
    if (request.method === 'DELETE') {
      objects.delete(path);
      return say(204);
    }
    if (!object) return say(404, '<Error><Code>NoSuchKey</Code></Error>');
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined || end === undefined) return say(200, object);
    const part = object.subarray(Number(start), Number(end) + 1);
    say(206, part, { 'Content-Range': `bytes ${start}-${end}/${object.length}` });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    log,
    stumble: 0,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}
