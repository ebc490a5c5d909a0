import { Agent, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps, Agent as SecureAgent } from 'node:https';
import { hostOfUrl, localLookup } from '../http/hosts.ts';
import type { ProbeAnswer, Sending } from './sending.ts';

/** A server that cannot be talked to: no connection, no answer in time, or one without end. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** One connection to a server; requests go one after the other. Redirects are answers like others. */
export interface Wire {
  readonly origin: URL;
  send(sending: Sending, signal: AbortSignal): Promise<ProbeAnswer>;
  close(): void;
}

/** Bytes: no answer that is asked for is near this. */
const bodyBytesMax = 16 * 2 ** 20;

/** `patience` in milliseconds, for one answer. Certificates are checked; others' authorities come by NODE_EXTRA_CA_CERTS. */
export function wireTo(origin: URL, patience: number): Wire {
  const secure = origin.protocol === 'https:';
  const agent = secure
    ? new SecureAgent({ keepAlive: true, maxSockets: 1 })
    : new Agent({ keepAlive: true, maxSockets: 1 });
  const once = (sending: Sending, signal: AbortSignal): Promise<ProbeAnswer> => {
    const { promise, resolve, reject } = Promise.withResolvers<ProbeAnswer>();
    const { method = 'GET', path, headers, body, host = origin.host } = sending;
    const asked = (secure ? overHttps : overHttp)({
      agent,
      signal,
      method,
      path,
      host: hostnameOf(origin),
      port: portOf(origin),
      headers: {
        Host: host,
        ...(body === undefined && method === 'GET'
          ? {}
          : { 'Content-Length': String(Buffer.byteLength(body ?? '')) }),
        ...headers,
      },
      ...localLookup(origin.hostname),
    });
    const late = setTimeout(
      () => asked.destroy(new Unanswered(`no whole answer within ${patience / 1_000} s`)),
      patience,
    );
    asked.on('error', (error) => {
      clearTimeout(late);
      // A server may close an idle connection just when it is used again.
      const idle = asked.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      reject(idle ? new Stale() : error);
    });
    asked.on('response', (response) =>
      read(response)
        .then(
          (text) =>
            resolve({
              sending,
              text,
              http: response.statusCode ?? 0,
              headers: flat(response.headers),
              names: response.rawHeaders.filter((_, i) => i % 2 === 0),
            }),
          reject,
        )
        .finally(() => clearTimeout(late)),
    );
    asked.end(body);
    return promise;
  };
  return Object.freeze<Wire>({
    origin,
    send: async (sending, signal) => {
      try {
        return await once(sending, signal).catch((error) => {
          if (error instanceof Stale) return once(sending, signal);
          throw error;
        });
      } catch (error) {
        if (signal.aborted || error instanceof Unanswered) throw error;
        throw new Unanswered((error as Error).message || String((error as NodeJS.ErrnoException).code));
      }
    },
    close: () => agent.destroy(),
  });
}

class Stale extends Error {}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new Unanswered(`the answer is longer than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const flat = (headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));

export const hostnameOf = ({ hostname }: URL): string => hostOfUrl(hostname);
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
