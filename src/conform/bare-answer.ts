import { connect as plainly } from 'node:net';
import { connect as securely } from 'node:tls';
import { localLookup } from '../http/hosts.ts';
import type { Sending } from './sending.ts';
import { hostnameOf, portOf, Unanswered } from './wire.ts';

export interface BareAnswer {
  readonly http: number;
  /** Bytes after the headers, whatever they say of them. */
  readonly rest: number;
}

/** Bytes. */
const bodyBytesMax = 2 ** 20;

/**
 * An answer as bytes on a connection of its own, to its end: clients of HTTP drop what follows the headers of an answer to `HEAD`, so
 * that it would not be seen. `patience` in milliseconds.
 */
export function bareAnswer(
  origin: URL,
  { method = 'GET', path, headers = {} }: Sending,
  patience: number,
  signal: AbortSignal,
): Promise<BareAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BareAnswer>();
  const where = { host: hostnameOf(origin), port: portOf(origin) };
  const lookup = localLookup(origin.hostname);
  const socket =
    origin.protocol === 'https:'
      ? securely({ ...where, ...lookup, servername: hostnameOf(origin), ALPNProtocols: ['http/1.1'] })
      : plainly({ ...where, ...lookup });
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${origin.host}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => socket.destroy(new Unanswered('the run was stopped'));
  signal.addEventListener('abort', stop, { once: true });
  const late = setTimeout(
    () => socket.destroy(new Unanswered(`no whole answer within ${patience / 1_000} s`)),
    patience,
  );
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > bodyBytesMax) socket.destroy();
  });
  socket.on('error', (error) => reject(new Unanswered(error.message)));
  socket.on('close', () => {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    const http = Number(/^HTTP\/1\.\d (\d{3})/.exec(all.toString('latin1', 0, 16))?.[1]);
    if (end < 0 || !http) reject(new Unanswered('the answer is not HTTP/1.1'));
    else resolve({ http, rest: all.length - end - 4 });
  });
  // Not ended: servers take a half-closed connection for one that is gone.
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return promise;
}
