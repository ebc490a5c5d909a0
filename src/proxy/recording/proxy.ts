import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as overHttp,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { Socket } from 'node:net';
import { forwardedRequestHeaders, forwardedResponseHeaders } from '../../http/hop-by-hop.ts';
import { hostOfUrl, localLookup } from '../../http/hosts.ts';
import { HttpListener } from '../../http/listen.ts';
import { outgoingTimeouts } from '../../http/timeouts.ts';
import { freshId } from '../../request/01-transport/request-id.ts';
import type { Passed } from './passed.ts';
import { type Tap, tap } from './tap.ts';

export interface RecordingProxy {
  readonly port: number;
  /** Stops accepting, and cuts off what takes longer than the grace time. */
  close(): Promise<void>;
}

export interface RecordingSettings {
  /** The origin that every request is passed on to. */
  readonly upstream: URL;
  readonly port: number;
  readonly host: string;
  /** Called with each request that has ended. */
  readonly over: (passed: Passed) => void;
}

/** Of a request. */
const bodyBytesMax = 100 * 2 ** 20;
const tooLong = `the body is longer than the ${bodyBytesMax} bytes that accord record passes on`;
const graceMs = 3_000;

/**
 * Passes every request on to one origin, unchanged except for `Host`. It follows no redirects, sends nothing to any other host whatever the
 * request says, and keeps nothing. Headers keep their order and case: that takes `node:http` (docs/internals/decisions/0043-outgoing-requests.md).
 */
export async function startRecordingProxy(settings: RecordingSettings): Promise<RecordingProxy> {
  const { upstream, over } = settings;
  const agent =
    upstream.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const connectionOf = numbered();
  const listener = new HttpListener(
    {
      requestTimeoutMs: 300_000,
      // A silent upstream is reported before the client's connection ends.
      silenceMs: outgoingTimeouts.upstreamSilenceMs + 10_000,
      graceMs,
    },
    {
      onRequest: (incoming, outgoing) => {
        const connection = connectionOf(incoming.socket);
        new Passage({ upstream, agent, over, connection }, incoming, outgoing).start();
      },
      onClientError: (_, socket) => socket.destroy(),
    },
  );
  const { port } = await listener.listen(settings.port, settings.host);
  return {
    port,
    close: async () => {
      await listener.close();
      agent.destroy();
    },
  };
}

/** Numbers connections in the order of their first requests. */
function numbered(): (socket: Socket) => string {
  const numbers = new WeakMap<Socket, string>();
  let count = 0;
  return (socket) => {
    const number = numbers.get(socket) ?? String(++count);
    numbers.set(socket, number);
    return number;
  };
}

interface PassageSettings extends Pick<RecordingSettings, 'upstream' | 'over'> {
  readonly agent: HttpAgent;
  readonly connection: string;
}

/** One request on its way to the upstream and back. */
class Passage {
  readonly #settings: PassageSettings;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #began = Date.now();
  readonly #sent: Tap = tap();
  readonly #got: Tap = tap();
  #ended = false;

  constructor(settings: PassageSettings, incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#settings = settings;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  start(): void {
    const { headers, url = '/' } = this.#incoming;
    if (!url.startsWith('/'))
      return this.#refuse(400, 'accord record passes on paths only: it is no proxy for other hosts');
    if (Number(headers['content-length'] ?? 0) > bodyBytesMax) return this.#refuse(413, tooLong);
    this.#passOn();
  }

  #passOn(): void {
    const { upstream, agent } = this.#settings;
    const incoming = this.#incoming;
    const secure = upstream.protocol === 'https:';
    const { upstreamSilenceMs } = outgoingTimeouts;
    const hostname = hostOfUrl(upstream.hostname);
    const onward = (secure ? overHttps : overHttp)({
      protocol: upstream.protocol,
      hostname,
      port: upstream.port || (secure ? 443 : 80),
      path: incoming.url ?? '/',
      method: incoming.method ?? 'GET',
      headers: ['Host', upstream.host, ...forwardedRequestHeaders(incoming)],
      agent,
      timeout: upstreamSilenceMs,
      ...localLookup(hostname),
    });
    onward.on('timeout', () => onward.destroy(new Error(`no answer within ${upstreamSilenceMs / 1_000} s`)));
    onward.on('error', (error: NodeJS.ErrnoException) =>
      this.#refuse(502, `${upstream.origin} did not answer: ${error.message || error.code}`),
    );
    onward.on('response', (response) => this.#passBack(response));
    this.#outgoing.on('close', () => {
      if (this.#outgoing.writableFinished) return;
      onward.destroy();
      this.#end(0, [], 'the client went away');
    });
    incoming.on('data', (chunk: Buffer) => {
      this.#sent.take(chunk);
      if (this.#sent.bytes <= bodyBytesMax) return;
      this.#refuse(413, tooLong);
      onward.destroy();
    });
    // A client that hangs up is noticed when its answer ends.
    incoming.on('error', () => {});
    incoming.pipe(onward);
  }

  #passBack(response: IncomingMessage): void {
    const { statusCode = 502 } = response;
    const headers = forwardedResponseHeaders(response);
    this.#outgoing.writeHead(statusCode, headers);
    response.on('data', (chunk: Buffer) => this.#got.take(chunk));
    response.on('error', () => {
      this.#outgoing.destroy();
      this.#end(statusCode, pairs(headers), 'the answer was cut off');
    });
    this.#outgoing.on('finish', () => this.#end(statusCode, pairs(headers)));
    response.pipe(this.#outgoing);
  }

  #refuse(http: number, error: string): void {
    if (this.#outgoing.headersSent) this.#outgoing.destroy();
    else
      this.#outgoing
        .writeHead(http, { 'Content-Type': 'application/json', Connection: 'close' })
        .end(`${JSON.stringify({ error })}\n`);
    this.#incoming.resume();
    this.#end(http, [], error);
  }

  #end(http: number, answered: Passed['answered'], failed?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { over, connection } = this.#settings;
    over({
      id: freshId(this.#began),
      connection,
      began: this.#began,
      ended: Date.now(),
      method: this.#incoming.method ?? 'GET',
      target: this.#incoming.url ?? '/',
      headers: joined(this.#incoming.headers),
      sent: this.#sent,
      http,
      answered,
      got: this.#got,
      failed,
    });
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) out.push([raw[i] as string, raw[i + 1] as string]);
  return out;
}

const joined = (headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
