import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Mishap } from '../../contract/answer.ts';

/**
 * Sends an answer late, or not completely, as a fault says. Earlier answers on the same connection still arrive completely; later requests
 * are not answered.
 */
export async function sendWithMishap(
  response: ServerResponse,
  { latency, cut, truncate }: Mishap,
  reply: () => void,
  ending: AbortSignal,
): Promise<void> {
  const { socket } = response.req;
  if (latency > 0) await elapsed(latency, socket, ending);
  if (cut === undefined && truncate === undefined) return reply();
  await turn(response, socket);
  if (socket.destroyed) return reply();
  if (cut === 0) {
    // Nothing is sent, but the file that would have been sent is closed.
    socket.once('close', reply);
    socket.destroySoon();
    return;
  }
  passOnly(socket, (head) => cut ?? head + (truncate ?? 0));
  // Before the HTTP library hears of it, which then sends the next answer of a pipeline at once.
  response.prependOnceListener('finish', () => {
    Reflect.deleteProperty(socket, 'write');
    if (cut !== undefined) socket.destroySoon();
  });
  reply();
}

/** Milliseconds; ends early with the connection, and with the server. */
function elapsed(latency: number, socket: Socket, ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      socket.off('close', over);
      ending.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, latency);
    socket.once('close', over);
    ending.addEventListener('abort', over);
    if (socket.destroyed || ending.aborted) over();
  });
}

/** With pipelining, an answer has the connection for itself only when those before it are sent. */
function turn(response: ServerResponse, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (response.socket || socket.destroyed) return resolve();
    const over = () => {
      response.off('socket', over);
      socket.off('close', over);
      resolve();
    };
    response.once('socket', over);
    socket.once('close', over);
  });
}

/**
 * Lets so many bytes of an answer pass, and then ends the connection; `bytes` is called with the length of the head, which is completely in the first write.
 * Below the HTTP library, which keeps its heads to itself.
 */
function passOnly(socket: Socket, bytes: (head: number) => number): void {
  const write = socket.write.bind(socket);
  let left: number | undefined;
  const limited = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Callback,
    after?: Callback,
  ): boolean => {
    const done = typeof encoding === 'function' ? encoding : after;
    const content =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8')
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    left ??= bytes(content.indexOf('\r\n\r\n') + 4);
    const passing = content.subarray(0, left);
    left -= passing.length;
    if (passing.length === content.length) return write(passing, done);
    if (socket.writable && !socket.writableEnded) {
      write(passing);
      socket.destroySoon();
    }
    done?.();
    return true;
  };
  socket.write = limited as Socket['write'];
}

type Callback = (error?: Error | null) => void;
