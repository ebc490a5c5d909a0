import { once } from 'node:events';
import {
  createServer,
  Agent as HttpAgent,
  type IncomingMessage,
  request as overHttp,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { loopback } from '../../http/exchange.ts';
import { freshId } from '../../request/01-transport/request-id.ts';
import type { Passed } from './passed.ts';
import { tap } from './tap.ts';

export interface Proxy {
  readonly port: number;
  /** Stops accepting, and cuts off what takes longer than the grace time. */
  close(): Promise<void>;
}

/** Bytes of a request's body. */
const largest = 100 * 2 ** 20;
/** Milliseconds without a byte from the upstream. */
const patience = 120_000;
const grace = 3_000;

/** Of one connection only, so never passed on (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/**
 * Passes every request on to one origin, as it is but for `Host`, and tells `over` of each that has ended. It follows no redirects, asks
 * no other host whatever the request says, and keeps nothing.
 */
export async function startProxy(
  upstream: URL,
  port: number,
  host: string,
  over: (passed: Passed) => void,
): Promise<Proxy> {
  const secure = upstream.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const local = upstream.hostname === 'localhost' || upstream.hostname.endsWith('.localhost');
  const connections = new WeakMap<Socket, string>();
  let count = 0;
  const connectionOf = (socket: Socket): string => {
    const known = connections.get(socket) ?? String(++count);
    connections.set(socket, known);
    return known;
  };

  const pass: RequestListener = (incoming, outgoing) => {
    const began = Date.now();
    const { method = 'GET', url = '/' } = incoming;
    const [sent, got] = [tap(), tap()];
    let told = false;
    const end = (http: number, answered: Passed['answered'], failed?: string): void => {
      if (told) return;
      told = true;
      over({
        id: freshId(began),
        connection: connectionOf(incoming.socket),
        began,
        ended: Date.now(),
        method,
        target: url,
        headers: flat(incoming.headers),
        sent,
        http,
        answered,
        got,
        failed,
      });
    };
    const refuse = (http: number, error: string): void => {
      if (outgoing.headersSent) outgoing.destroy();
      else
        outgoing
          .writeHead(http, { 'Content-Type': 'application/json', Connection: 'close' })
          .end(`${JSON.stringify({ error })}\n`);
      incoming.resume();
      end(http, [], error);
    };
    if (!url.startsWith('/'))
      return refuse(400, 'accord record passes on paths only: it is no proxy for other hosts');
    if (Number(incoming.headers['content-length'] ?? 0) > largest)
      return refuse(413, `the body is longer than the ${largest} bytes that accord record passes on`);
    const onward = (secure ? overHttps : overHttp)({
      protocol: upstream.protocol,
      hostname: upstream.hostname.replace(/^\[|\]$/g, ''),
      port: upstream.port || (secure ? 443 : 80),
      path: url,
      method,
      headers: onwardHeaders(incoming.rawHeaders, incoming.headers.connection, upstream.host),
      agent,
      timeout: patience,
      ...(local ? { lookup: loopback } : {}),
    });
    onward.on('timeout', () => onward.destroy(new Error(`no answer within ${patience / 1_000} s`)));
    onward.on('error', (error: NodeJS.ErrnoException) =>
      refuse(502, `${upstream.origin} did not answer: ${error.message || error.code}`),
    );
    onward.on('response', (response) => back(response, outgoing));
    outgoing.on('close', () => {
      if (outgoing.writableFinished) return;
      onward.destroy();
      end(0, [], 'the client went away');
    });
    incoming.on('data', (chunk: Buffer) => {
      sent.take(chunk);
      if (sent.bytes > largest) {
        refuse(413, `the body is longer than the ${largest} bytes that accord record passes on`);
        onward.destroy();
      }
    });
    // Whoever breaks off is noticed by the end of the answer.
    incoming.on('error', () => {});
    incoming.pipe(onward);

    function back(response: IncomingMessage, to: ServerResponse): void {
      const { statusCode = 502, rawHeaders } = response;
      const headers = pairs(rawHeaders).filter(([name]) => !isHop(name, response.headers.connection));
      to.writeHead(statusCode, headers.flat());
      response.on('data', (chunk: Buffer) => got.take(chunk));
      response.on('error', () => {
        to.destroy();
        end(statusCode, headers, 'the answer was cut off');
      });
      to.on('finish', () => end(statusCode, headers));
      response.pipe(to);
    }
  };

  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 300_000, maxHeaderSize: 48 * 1024, requireHostHeader: false },
    pass,
  );
  server.on('clientError', (_, socket) => socket.destroy());
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(cut);
      agent.destroy();
    },
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) out.push([raw[i] as string, raw[i + 1] as string]);
  return out;
}

const isHop = (name: string, connection = ''): boolean =>
  hopByHop.has(name.toLowerCase()) ||
  connection
    .toLowerCase()
    .split(',')
    .some((named) => named.trim() === name.toLowerCase());

/** As they were written and in their order; a body without a length stays one. */
function onwardHeaders(raw: readonly string[], connection: string | undefined, host: string): string[] {
  const kept = pairs(raw).filter(
    ([name]) => name.toLowerCase() !== 'host' && name.toLowerCase() !== 'expect' && !isHop(name, connection),
  );
  const chunked = pairs(raw).some(([name]) => name.toLowerCase() === 'transfer-encoding');
  return [['Host', host], ...kept, ...(chunked ? [['Transfer-Encoding', 'chunked']] : [])].flat();
}

const flat = (headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
