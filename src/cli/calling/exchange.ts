import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from '../failure.ts';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answered {
  readonly http: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const patience = 60_000;
/** Bytes: no answer of the API is near this. */
const largest = 256 * 2 ** 20;

/** One request over HTTP or HTTPS; hosts below `localhost` are this machine, whatever the resolver says (RFC 6761). */
export function exchange({ method, url, headers, body }: Asked): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  const request: ClientRequest = (url.protocol === 'https:' ? overHttps : overHttp)(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }) },
    timeout: patience,
    ...(local ? { lookup: loopback } : {}),
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${patience / 1_000} s`)));
  request.on('error', (error: NodeJS.ErrnoException) => reject(unanswered(url, error)));
  request.on('response', (response) =>
    collect(response).then(resolve, (error) => reject(unanswered(url, error))),
  );
  request.end(body);
  return promise;
}

/** Whatever the resolver says of hosts below `localhost`. */
export const loopback: LookupFunction = (_, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

async function collect(response: IncomingMessage): Promise<Answered> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) throw new Error(`the answer is longer than ${largest} bytes`);
    chunks.push(chunk);
  }
  return {
    http: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function unanswered(url: URL, error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNREFUSED')
    return new Failure(
      `nothing listens at ${url.origin}: start it with accord serve, or log in to another with accord call login --url`,
    );
  return new Failure(`${url.origin} did not answer: ${error.message || error.code}`);
}
