import { Buffer } from 'node:buffer';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { Answer, FileBody } from '../../contract/answer.ts';

/** What the connection adds to an answer. */
export interface Framing {
  readonly https: boolean;
  /** Say `Connection: close`. */
  readonly last: boolean;
}

/** Milliseconds in which a caller that is still sending can take in an answer before the connection goes. */
export const lingering = 1000;

const year = 31_536_000;

/** Names and values in turn, in their written case: clients in the field read `X-RateLimit-Limit` by exact name. */
function headersOf(answer: Answer, length: number, { https, last }: Framing): string[] {
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  if (answer.type !== '') headers.push('Content-Type', answer.type);
  if (mayHaveBody(answer)) headers.push('Content-Length', String(length));
  if (https) headers.push('Strict-Transport-Security', `max-age=${year}`);
  if (last) headers.push('Connection', 'close');
  return headers;
}

const lengthOf = (body: Answer['body']): number =>
  typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : body.length;

const isFile = (body: Answer['body']): body is FileBody =>
  typeof body !== 'string' && !(body instanceof Uint8Array);

const mayHaveBody = ({ http }: Answer): boolean => http >= 200 && http !== 204 && http !== 304;

/**
 * Sends an answer. `unread` is the request when its body was not read to the end: the answer goes out at once, but the connection
 * stays a moment, for closing it on unread bytes would reset it and may take the answer with it.
 */
export function send(
  response: ServerResponse,
  answer: Answer,
  framing: Framing,
  unread?: IncomingMessage,
): void {
  const file = isFile(answer.body) ? answer.body.content : undefined;
  if (response.destroyed || response.headersSent) {
    file?.destroy();
    return;
  }
  const length = lengthOf(answer.body);
  const headers = headersOf(answer, length, framing);
  try {
    response.writeHead(answer.http, headers);
  } catch {
    response.writeHead(answer.http, headers.map(withoutControls));
  }
  const wanted = mayHaveBody(answer) && response.req.method !== 'HEAD';
  if (file && wanted) {
    // A file that breaks off breaks the connection: the caller counts the bytes it was promised.
    pipeline(file as unknown as Readable, response, () => {});
    return;
  }
  file?.destroy();
  const body = wanted && !isFile(answer.body) ? answer.body : '';
  // Node joins a text to the headers and writes both in one encoding. Headers are Latin-1, and so is a text of ASCII alone; any other leaves apart.
  const content = typeof body === 'string' && body.length !== length ? Buffer.from(body) : body;
  if (unread === undefined) {
    response.end(content, 'latin1');
    return;
  }
  if (content.length > 0) response.write(content, 'latin1');
  else response.flushHeaders();
  const finish = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, lingering);
  if (unread.complete || unread.socket.readableEnded) finish();
  else unread.once('end', finish).once('close', finish);
}

/** An answer as bytes, for a socket on which no request could be read. */
export function encode(answer: Answer, https: boolean): Buffer {
  const lines = [
    `HTTP/1.1 ${answer.http} ${STATUS_CODES[answer.http] ?? ''}`,
    `Date: ${new Date().toUTCString()}`,
  ];
  const headers = headersOf(answer, lengthOf(answer.body), { https, last: true }).map(withoutControls);
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  const body = isFile(answer.body) ? Buffer.alloc(0) : Buffer.from(answer.body);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** Whatever a header was given, it ends neither its line nor the process. */
function withoutControls(text: string): string {
  return text.replace(/[^\t\u0020-\u007e\u00a0-\u00ff]/g, '?');
}
