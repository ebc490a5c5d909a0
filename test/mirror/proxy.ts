import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request on its way: it passes, is never answered, its connection is cut, its answer is cut short, it asks for another `path`, or it is refused. */
export type Fate =
  | 'pass'
  | 'hang'
  | 'cut'
  | 'short'
  | { readonly path: string }
  | { readonly http: number; readonly retryAfter?: number; readonly status?: string };

export interface Proxy {
  readonly origin: string;
  /** Requests that came, of which the first is 1. */
  readonly count: () => number;
  close(): Promise<void>;
}

/** Between a client and a server: decides over each request, the number and the path of which it is told. */
export async function startProxy(to: string, fate: (number: number, path: string) => Fate): Promise<Proxy> {
  const target = new URL(to);
  let count = 0;
  const server = createServer((request, response) => {
    const what = fate(++count, request.url ?? '');
    if (what === 'hang') return;
    if (what === 'cut') return void request.socket.destroy();
    if (typeof what === 'object' && 'http' in what) {
      const wait = what.retryAfter === undefined ? {} : { 'Retry-After': String(what.retryAfter) };
      response.writeHead(what.http, { 'Content-Type': 'application/json', ...wait });
      // Without a status it is no server of this kind.
      const status = what.status ?? (what.http >= 500 ? 'server_error' : undefined);
      return void response.end(
        JSON.stringify(status === undefined ? {} : { meta: { status }, response: null }),
      );
    }
    const { hostname: host, port } = target;
    const forwarded = ask(
      {
        host: '127.0.0.1',
        port,
        path: typeof what === 'object' ? what.path : request.url,
        method: request.method,
        headers: { ...request.headers, host: `${host}:${port}` },
      },
      (answer) => {
        if (what === 'short') {
          response.writeHead(answer.statusCode ?? 500, { ...answer.headers });
          answer.once('data', (chunk: Buffer) => {
            response.write(chunk.subarray(0, 20));
            setImmediate(() => request.socket.destroy());
          });
          return;
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => request.socket.destroy());
    request.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
