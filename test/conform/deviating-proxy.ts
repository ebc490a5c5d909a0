import { once } from 'node:events';
import { createServer, type IncomingMessage, request, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to the server. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer on its way back. */
export interface Said {
  readonly http: number;
  /** In their written case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Sent after the headers although nothing may be. */
  readonly beyond?: string;
}

export interface Deviating {
  readonly ask?: (asked: Asked) => Asked;
  readonly say?: (said: Said, asked: Asked) => Said | Promise<Said>;
}

export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

/** A server in front of another one that is not quite like it. */
export async function startProxy(to: number, deviating: readonly Deviating[]): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const wanted: Asked = {
        method: incoming.method ?? 'GET',
        url: incoming.url ?? '/',
        headers: incoming.headers as Record<string, string>,
        body: await textOf(incoming),
      };
      const asked = deviating.reduce((each, { ask }) => ask?.(each) ?? each, wanted);
      let said = await forward(to, asked);
      for (const { say } of deviating) said = (await say?.(said, wanted)) ?? said;
      const { http, headers, body, beyond } = said;
      if (beyond !== undefined) {
        const lines = headers.map(([name, value]) => `${name}: ${value}`);
        outgoing.socket?.end(
          [`HTTP/1.1 ${http} ${STATUS_CODES[http]}`, ...lines, 'Connection: close', '', beyond].join('\r\n'),
        );
        return;
      }
      const length =
        http === 204 || wanted.method === 'HEAD' ? [] : ['Content-Length', String(Buffer.byteLength(body))];
      outgoing.writeHead(http, [...headers.flat(), ...length]);
      outgoing.end(http === 204 ? '' : body);
    })().catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(port: number, { method, url, headers, body }: Asked): Promise<Said> {
  const { connection: _, 'content-length': __, ...kept } = headers;
  const sent = request({
    port,
    host: '127.0.0.1',
    agent: false,
    method,
    path: url,
    headers: {
      ...kept,
      ...(body === '' && method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { rawHeaders } = answer;
  const pairs = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
  );
  const hop = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding']);
  return {
    http: answer.statusCode ?? 0,
    headers: pairs.filter(([name]) => !hop.has(name.toLowerCase())),
    body: await textOf(answer),
  };
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
