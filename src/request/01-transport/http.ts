import { lookup } from 'node:dns/promises';
import { once, setMaxListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Files } from '../../files/files.ts';
import { parseRanges } from '../../identity/address.ts';
import { listeners, type Respond, type Unreadable } from './exchanges.ts';

export interface TransportOptions {
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** CIDR ranges or addresses; `X-Forwarded-For`, `-Proto` and `-Host` are believed only from these. */
  readonly trustedProxies: readonly string[];
  /** Bytes; 1 MiB unless given. */
  readonly bodyLimit?: number | undefined;
  /** Bytes of a multipart body; 50 MiB unless given. */
  readonly uploadLimit?: number | undefined;
  /** Where uploads wait; without it no file is taken. */
  readonly files?: Pick<Files, 'put'> | undefined;
  /** Milliseconds from the first byte to the end of the headers; 10,000 unless given. */
  readonly headersTimeout?: number | undefined;
  /** Milliseconds from the first byte to the end of the body; 30,000 unless given. */
  readonly requestTimeout?: number | undefined;
  /** The same for a multipart body; 300,000 unless given, and never less than the others have. */
  readonly uploadTimeout?: number | undefined;
  /** Milliseconds that `close` waits for what is in flight; 10,000 unless given. */
  readonly grace?: number | undefined;
}

export interface Transport {
  /** Port 0 takes a free one. `localhost` listens on every loopback address that has that name. */
  listen(port: number, host: string): Promise<Listening>;
  /** Stops accepting, ends idle connections, finishes what is in flight within the grace time, then cuts off the rest. */
  close(): Promise<void>;
}

export interface Listening {
  readonly port: number;
  readonly host: string;
  /** Ends this listening only; connections that are idle end with it. */
  stop(): void;
}

/** Bytes of request line and headers; a URL at its own limit fits, so that it gets a proper answer. */
const headLimit = 48 * 1024;
/** Milliseconds; longer than the usual idle time of a load balancer, which must not meet a connection that we are closing. */
const keepAlive = 72_000;
/** Milliseconds in which a caller takes nothing of its answer. */
const silence = 120_000;

/**
 * `node:http`, set up for what a public server meets: time limits, a bounded head, half-closed and slow connections, TLS, an orderly end.
 * No framework: routes, parsing and answers are the stages' own, and nothing else (error pages, 404s, header case) may reach a caller.
 */
export function serve(options: TransportOptions, respond: Respond, unreadable: Unreadable): Transport {
  const { bodyLimit = 1024 * 1024, uploadLimit = 50 * 1024 * 1024, grace = 10_000, tls } = options;
  const { headersTimeout = 10_000, requestTimeout = 30_000, trustedProxies, files } = options;
  const uploadTimeout = Math.max(options.uploadTimeout ?? 300_000, requestTimeout);
  const ending = new AbortController();
  // Each answer that is late on purpose listens.
  setMaxListeners(0, ending.signal);
  const { onRequest, onExpectation, onClientError, onConnect } = listeners({
    files,
    patience: { body: requestTimeout, upload: uploadTimeout },
    limits: { bodyLimit, uploadLimit },
    trusted: parseRanges(trustedProxies),
    respond,
    unreadable,
    ending: ending.signal,
  });
  const servers: Server[] = [];
  /** Connections that have not sent a request yet: to Node they are busy, so they would hold up `close`. */
  const silent = new Set<Socket>();

  function build(): Server {
    const settings = {
      headersTimeout: Math.min(headersTimeout, requestTimeout),
      requestTimeout: uploadTimeout,
      connectionsCheckingInterval: Math.ceil(Math.min(1000, headersTimeout / 4, requestTimeout / 4)),
      keepAliveTimeout: keepAlive,
      maxHeaderSize: headLimit,
      joinDuplicateHeaders: true,
      requireHostHeader: false,
      noDelay: true,
      // A request may ask for an upgrade that nobody offers; it stays a request.
      shouldUpgradeCallback: () => false,
    };
    const server = tls ? createSecureServer({ ...settings, ...tls }, accept) : createServer(settings, accept);
    // A caller that has said all it has to say may close its half; Node would then drop the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.setTimeout(silence);
    server.on('checkContinue', (request, response) => {
      onExpectation(request, response);
      accept(request, response);
    });
    server.on('checkExpectation', accept);
    server.on('clientError', onClientError);
    server.on('connect', onConnect);
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      silent.add(socket);
      socket.once('close', () => silent.delete(socket));
    });
    servers.push(server);
    return server;
  }

  const accept: RequestListener = (request, response) => {
    silent.delete(request.socket);
    onRequest(request, response, request.url ?? '/');
  };

  return {
    async listen(port, host) {
      const [first = host, ...others] = host === 'localhost' ? await loopbacks() : [host];
      const own = [build()];
      const bound = await bind(own[0] as Server, port, first);
      for (const other of others) {
        own.push(build());
        await bind(own.at(-1) as Server, bound.port, other).catch(() => undefined);
      }
      return {
        port: bound.port,
        host: host === 'localhost' ? host : bound.address,
        stop: () => {
          for (const server of own) server.close(() => servers.splice(servers.indexOf(server), 1));
        },
      };
    },
    async close() {
      ending.abort();
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
      const patience = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, grace);
      await Promise.all(closed);
      clearTimeout(patience);
    },
  };
}

async function loopbacks(): Promise<string[]> {
  return [...new Set((await lookup('localhost', { all: true })).map(({ address }) => address))];
}

async function bind(server: Server, port: number, host: string): Promise<AddressInfo> {
  server.listen(port, host);
  await once(server, 'listening');
  return server.address() as AddressInfo;
}
