import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from '../contract/failure.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** What to do when nothing listens: it differs from command to command. */
  readonly advice: string;
  /** Takes the body of an answer with HTTP 200 as it comes, whatever its size; its `text` is then empty. */
  readonly receive?: (response: IncomingMessage) => Promise<void>;
  /** Milliseconds for one whole answer, so that one that comes by drops ends too; ten minutes unless told. */
  readonly within?: number;
}

export interface HttpAnswer {
  readonly http: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Milliseconds without a byte. */
const patience = 60_000;
const usuallyWithin = 600_000;
/** Bytes: no answer of the API is near this. */
const largest = 256 * 2 ** 20;

/** One request over HTTP or HTTPS; hosts below `localhost` are this machine, whatever the resolver says (RFC 6761). */
export function exchange(asked: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, receive, within = usuallyWithin } = asked;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  const request: ClientRequest = (url.protocol === 'https:' ? overHttps : overHttp)(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }) },
    timeout: patience,
    ...(local ? { lookup: loopback } : {}),
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${patience / 1_000} s`)));
  const fail = (error: NodeJS.ErrnoException): void => reject(unanswered(asked, error));
  const late = new Error(`no whole answer within ${within / 1_000} s`);
  const deadline = setTimeout(() => request.destroy(late), within);
  request.on('error', fail);
  request.on('response', (response) => {
    const { statusCode: http = 0, headers: told } = response;
    const received =
      receive && http === 200
        ? receive(response)
            .then(() => ({ http, headers: told, text: '' }))
            // What nobody wanted to read would hold the connection, and the process.
            .finally(() => response.destroy())
        : collect(response);
    received.then(resolve, (error) => {
      request.destroy();
      fail(error);
    });
  });
  request.end(body);
  return promise.finally(() => clearTimeout(deadline));
}

/** Names below `localhost`, without asking a resolver. */
export const loopback: LookupFunction = (_, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

async function collect(response: IncomingMessage): Promise<HttpAnswer> {
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

function unanswered({ url, advice }: HttpRequest, error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNREFUSED') return new Failure(`nothing listens at ${url.origin}: ${advice}`);
  return new Failure(`${url.origin} did not answer: ${error.message || error.code}`);
}
