import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { noBody } from './receive.ts';

/** Called once: with the whole body, or with none and the reason. Not at all when the caller goes away. */
export type Taken = (body: Buffer, failed?: string) => void;

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}

export function declaresMoreThan(limit: number, { headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > limit;
}

/**
 * Takes in a body of at most `limit` bytes. What is past the limit is read and thrown away, so that the answer is not lost in a
 * reset connection. The returned function ends the reading early, for a reason that is safe for the wire.
 */
export function readBody(request: IncomingMessage, limit: number, taken: Taken): (reason: string) => void {
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (body: Buffer, failed?: string) => {
    request.off('data', take).off('end', finish);
    chunks.length = 0;
    if (failed !== undefined) request.resume();
    taken(body, failed);
  };
  let fail = (reason: string) => {
    fail = () => {};
    settle(noBody, reason);
  };
  function take(chunk: Buffer): void {
    length += chunk.length;
    if (length > limit) fail(tooLarge(limit));
    else chunks.push(chunk);
  }
  function finish(): void {
    fail = () => {};
    settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length));
  }
  request.on('error', () => {});
  if (declaresMoreThan(limit, request)) fail(tooLarge(limit));
  else request.on('data', take).on('end', finish);
  return (reason) => fail(reason);
}

const tooLarge = (limit: number): string => `the body is larger than ${limit} bytes`;
