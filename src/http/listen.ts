import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ListenerLimits {
  /** PEM; without it the listener speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Milliseconds from the first byte to the end of the headers; 10,000 by default. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds from the first byte to the end of the body; 0 for no limit. */
  readonly requestTimeoutMs: number;
  /** Milliseconds in which a connection carries nothing; 120,000 by default. */
  readonly silenceMs?: number;
  /** Milliseconds that `close` waits for what is in flight; 10,000 by default. */
  readonly graceMs?: number;
  /** Connections at once; more are closed at once. No limit by default. */
  readonly connectionsMax?: number;
  /** Connections that `close` ends at once: those that have sent nothing yet (the default), or all without a whole request. */
  readonly endedByClose?: 'untouched' | 'unanswered';
}

/** Called with what arrives. None of them may throw. */
export interface ListenerHandlers {
  /** A new connection, or an adopted stream. */
  readonly onConnection?: (socket: Duplex) => void;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Before the body of a request with `Expect: 100-continue`; by default it is asked for. */
  readonly onExpectation?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onClientError: (error: NodeJS.ErrnoException, socket: Duplex) => void;
  /** CONNECT; by default the connection is closed. */
  readonly onConnect?: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  /** Called when the grace time of `close` is over. */
  readonly onGraceEnd?: () => void;
}

export interface Listening {
  readonly port: number;
  readonly host: string;
  /** Ends this listening only; idle connections end with it. */
  stop(): void;
}

/** Bytes of request line and headers; a URL at its own limit fits, so that it gets a proper answer. */
const headBytesMax = 48 * 1024;
/** Longer than the usual idle time of a load balancer, which would otherwise send a request on a connection that is being closed. */
const keepAliveMs = 72_000;

/**
 * `node:http`, set up for what a server meets: time limits, a bounded head, half-closed and slow connections, TLS, a clean close. Every server of
 * Accord listens by it: the API, the operators' listener, both proxies.
 */
export class HttpListener {
  readonly #limits: ListenerLimits;
  readonly #handlers: ListenerHandlers;
  readonly #servers: Server[] = [];
  /** Connections without a request yet. Node counts them as busy, so they would hold up `close`. */
  readonly #pending = new Set<Duplex>();

  constructor(limits: ListenerLimits, handlers: ListenerHandlers) {
    this.#limits = limits;
    this.#handlers = handlers;
  }

  /** Port 0 takes a free one. `localhost` listens on every loopback address that has that name. Rejects where it cannot listen. */
  async listen(port: number, host: string): Promise<Listening> {
    const [first = host, ...others] = host === 'localhost' ? await loopbackAddresses() : [host];
    const own = [this.#build()];
    const bound = await bind(own[0] as Server, port, first);
    for (const other of others) {
      own.push(this.#build());
      await bind(own.at(-1) as Server, bound.port, other).catch(() => undefined);
    }
    return {
      port: bound.port,
      host: host === 'localhost' ? host : bound.address,
      stop: () => {
        for (const server of own) server.close(() => this.#servers.splice(this.#servers.indexOf(server), 1));
      },
    };
  }

  /** Takes a stream for a connection of its own, such as the inside of a tunnel. */
  adopt(socket: Duplex): void {
    this.#servers[0]?.emit('connection', socket);
  }

  /** Stops accepting, ends idle connections, finishes what is in flight within the grace time, then cuts off the rest. */
  async close(): Promise<void> {
    const { graceMs = 10_000, endedByClose = 'untouched' } = this.#limits;
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const socket of this.#pending)
      if (endedByClose === 'unanswered' || (socket as Socket).bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
      this.#handlers.onGraceEnd?.();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  #build(): Server {
    const { tls, connectionsMax, silenceMs = 120_000 } = this.#limits;
    const { onConnection, onRequest, onExpectation, onClientError, onConnect } = this.#handlers;
    const accept: RequestListener = (request, response) => {
      this.#pending.delete(request.socket);
      onRequest(request, response);
    };
    const options = serverOptions(this.#limits, silenceMs);
    const server = tls ? createSecureServer({ ...options, ...tls }, accept) : createServer(options, accept);
    // A caller that has sent everything may close its half; Node would then drop the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    if (connectionsMax !== undefined) server.maxConnections = connectionsMax;
    server.setTimeout(silenceMs);
    if (onExpectation)
      server.on('checkContinue', (request, response) => {
        onExpectation(request, response);
        accept(request, response);
      });
    server.on('checkExpectation', accept);
    server.on('clientError', onClientError);
    if (onConnect)
      server.on('connect', (request, socket, head) => {
        this.#pending.delete(socket);
        onConnect(request, socket as Socket, head);
      });
    server.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => {
      this.#pending.add(socket);
      socket.once('close', () => this.#pending.delete(socket));
      onConnection?.(socket);
    });
    this.#servers.push(server);
    return server;
  }
}

function serverOptions(limits: ListenerLimits, silenceMs: number): ServerOptions {
  const { headersTimeoutMs = 10_000, requestTimeoutMs } = limits;
  const shortest = requestTimeoutMs === 0 ? headersTimeoutMs : Math.min(headersTimeoutMs, requestTimeoutMs);
  return {
    headersTimeout: shortest,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.ceil(Math.min(1000, shortest / 4)),
    keepAliveTimeout: Math.min(keepAliveMs, silenceMs),
    maxHeaderSize: headBytesMax,
    joinDuplicateHeaders: true,
    requireHostHeader: false,
    noDelay: true,
    // A request may ask for an upgrade that nobody offers; it stays a request.
    shouldUpgradeCallback: () => false,
  };
}

async function loopbackAddresses(): Promise<string[]> {
  return [...new Set((await lookup('localhost', { all: true })).map(({ address }) => address))];
}

async function bind(server: Server, port: number, host: string): Promise<AddressInfo> {
  server.listen(port, host);
  await once(server, 'listening');
  return server.address() as AddressInfo;
}
