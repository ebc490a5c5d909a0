import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { noBody } from './receive.ts';

/** Takes a body that is not collected in memory. */
export interface BodySink {
  /** `done` is called when it can take more. */
  write(chunk: Buffer, done: () => void): void;
  end(): void;
  abort(reason: string): void;
}

/** Called once: with the whole body, or with none and the reason. Not at all when the caller goes away. */
export type OnBody = (body: Buffer, failed?: string) => void;

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}

export function declaresMoreThan(limit: number, { headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > limit;
}

/**
 * Reads a body of at most `limit` bytes. Bytes past the limit are read and dropped, so that the answer is not lost in a
 * reset connection. The returned function ends the reading early, for a reason that is safe for the wire.
 */
export function readBody(request: IncomingMessage, limit: number, taken: OnBody): (reason: string) => void {
  const chunks: Buffer[] = [];
  let length = 0;
  let settled = false;
  function fail(reason: string): void {
    if (settled) return;
    settled = true;
    chunks.length = 0;
    request.resume();
    taken(noBody, reason);
  }
  request.on('error', () => {});
  if (declaresMoreThan(limit, request)) {
    fail(tooLarge(limit));
    return fail;
  }
  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    length += chunk.length;
    if (length > limit) fail(tooLarge(limit));
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (settled) return;
    settled = true;
    taken(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length));
  });
  return fail;
}

/**
 * Passes on a body of at most `limit` bytes as it arrives, no faster than the sink accepts it. `over` is called once: with a reason when the reading
 * ended early, and also when the caller went away. The returned function is as that of `readBody`.
 */
export function streamBody(
  request: IncomingMessage,
  limit: number,
  sink: BodySink,
  over: (failed?: string) => void,
): (reason: string) => void {
  let length = 0;
  let settled = false;
  function fail(reason: string): void {
    if (settled) return;
    settled = true;
    sink.abort(reason);
    request.resume();
    over(reason);
  }
  request.on('error', () => {});
  if (declaresMoreThan(limit, request)) {
    fail(tooLarge(limit));
    return fail;
  }
  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    length += chunk.length;
    if (length > limit) {
      fail(tooLarge(limit));
      return;
    }
    let taken = false;
    sink.write(chunk, () => {
      taken = true;
      request.resume();
    });
    if (!taken) request.pause();
  });
  request.on('end', () => {
    if (settled) return;
    settled = true;
    sink.end();
    over();
  });
  request.on('close', () => fail('the request ends too early'));
  return fail;
}

const tooLarge = (limit: number): string => `the body is larger than ${limit} bytes`;
