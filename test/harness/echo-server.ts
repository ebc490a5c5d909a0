import { once } from 'node:events';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import type { Answer } from '../../src/contract/answer.ts';
import type { Respond } from '../../src/request/01-transport/exchanges.ts';
import { serve, type TransportOptions } from '../../src/request/01-transport/http.ts';
import type { Received } from '../../src/request/01-transport/received.ts';

/** What the echo says about the request it got. */
export type Echo = Omit<Received, 'query' | 'body'> & {
  query: Record<string, unknown>;
  body: Record<string, unknown>;
};

export const answerOf = (body: string, http = 200): Answer => ({
  http,
  status: http === 200 ? 'ok' : 'invalid_request',
  cause: http === 200 ? undefined : 'body.malformed',
  headers: [['X-RateLimit-Limit', '5000']],
  type: 'application/json; charset=utf-8',
  body,
});

const echo: Respond = async (received) => {
  const { query, body } = received;
  return answerOf(
    JSON.stringify({ ...received, query: Object.fromEntries(query), body: Object.fromEntries(body) }),
    received.malformed === undefined ? 200 : 400,
  );
};

export interface Echoing {
  readonly port: number;
  readonly close: () => Promise<void>;
  /** Bytes in, everything the server says until it closes the connection out; fails after five seconds. */
  raw(bytes: string | Buffer | readonly (string | Buffer)[], end?: boolean): Promise<string>;
  /** One request, its echo. */
  ask(
    path: string,
    options?: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer },
  ): Promise<Echo>;
}

/** A server on a free port, closed when the test ends. */
export async function echoing(
  t: TestContext,
  options: Partial<TransportOptions> = {},
  respond: Respond = echo,
): Promise<Echoing> {
  const transport = serve({ trustedProxies: [], grace: 500, ...options }, respond, (reason, id) =>
    answerOf(JSON.stringify({ unreadable: reason, id }), 400),
  );
  const { port } = await transport.listen(0, '127.0.0.1');
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= transport.close());
  t.after(close);
  return {
    port,
    close,
    async raw(bytes, end = false) {
      const socket = connect(port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => {});
      await once(socket, 'connect');
      const overdue = setTimeout(() => socket.destroy(new Error('nothing more within five seconds')), 5000);
      const closing = new Promise<boolean>((resolve) => socket.once('close', resolve));
      for (const piece of Array.isArray(bytes) ? bytes : [bytes]) {
        socket.write(piece as string | Buffer);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (end) socket.end();
      const failed = await closing;
      clearTimeout(overdue);
      const said = Buffer.concat(chunks).toString('latin1');
      if (failed && said === '') throw new Error('the connection was lost without an answer');
      return said;
    },
    ask(path, { method = 'GET', headers = {}, body } = {}) {
      return new Promise((resolve, reject) => {
        const request = httpRequest(
          { port, host: '127.0.0.1', path, method, headers, agent: false },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Echo));
            response.on('error', reject);
          },
        );
        request.on('error', reject);
        request.end(body);
      });
    },
  };
}

/** The parsed JSON body of a raw answer. */
export function bodyOf(said: string): Echo & { unreadable?: string } {
  return JSON.parse(said.slice(said.indexOf('\r\n\r\n') + 4)) as Echo & { unreadable?: string };
}
