import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One POST that arrived, with its exact bytes. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly names: readonly string[];
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly arrived: Arrived[];
  /** What it does with the next ones; answers 200 unless told. `at`: how many came before. */
  answer: (response: ServerResponse, one: Arrived, at: number) => void;
  /** Resolves when so many arrived that satisfy a test; fails after a while. */
  until(count: number, wanted?: (one: Arrived) => boolean, patience?: number): Promise<void>;
  /** Breaks every connection and listens no more; `start` begins again at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const ok = (response: ServerResponse): void => {
  response.end('ok');
};

export async function startReceiver(): Promise<Receiver> {
  const arrived: Arrived[] = [];
  let port = 0;
  let server: Server | undefined;
  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    arrived,
    answer: ok,
    until: async (count, wanted = () => true, patience = 60_000) => {
      const end = performance.now() + patience;
      while (arrived.filter(wanted).length < count) {
        if (performance.now() > end)
          throw new Error(`${arrived.filter(wanted).length} of ${count} arrived within ${patience} ms`);
        await new Promise((resume) => setTimeout(resume, 5));
      }
    },
    stop: async () => {
      const ending = server;
      server = undefined;
      ending?.closeAllConnections();
      await new Promise((done) => (ending ? ending.close(done) : done(undefined)));
    },
    start: async () => {
      server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('error', () => {});
        request.on('end', () => {
          const one: Arrived = {
            path: request.url ?? '',
            headers: request.headers,
            names: request.rawHeaders.filter((_, i) => i % 2 === 0),
            body: Buffer.concat(chunks),
          };
          receiver.answer(response, one, arrived.push(one) - 1);
        });
      });
      const listening = server;
      await new Promise<void>((done, fail) => {
        listening.once('error', fail);
        listening.listen(port, '127.0.0.1', done);
      });
      port = (listening.address() as AddressInfo).port;
    },
  };
  await receiver.start();
  return receiver;
}
