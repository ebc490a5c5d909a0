import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { matchesOne } from '../trust/names.ts';
import { type Destination, printable, readAbsolute, readAuthority, type Target } from './destination.ts';
import { createForwarding } from './forward.ts';
import { createPassThrough } from './pass-through.ts';
import { refuseConnection, refuseRequest } from './refusal.ts';

export interface ProxySettings {
  /** Host names that are led to the sandbox; `*` may stand for the first label. */
  readonly hosts: readonly string[];
  /** Origin of the sandbox. */
  readonly to: URL;
  /** PEM: the certificate shown for the hosts, its key, and the authority that signed it. */
  readonly certificate: { readonly cert: string; readonly key: string; readonly authority: string };
  /** Whether what is asked of other hosts is passed on to them, untouched. */
  readonly passThrough: boolean;
  /** Milliseconds in which a connection carries nothing at all; 120,000 unless given. */
  readonly silence?: number;
  /** Milliseconds from the first byte to the end of the headers, and for a TLS handshake; 10,000 unless given. */
  readonly headersTimeout?: number;
  /** Milliseconds that `close` waits for what is in flight; 10,000 unless given. */
  readonly grace?: number;
  /** Connections at once; 500 unless given. More are closed at once. */
  readonly connections?: number;
  /** What is asked to find out whether a client comes here: of each host that is led, the proxy itself answers this path. */
  readonly proof?: { readonly path: string; readonly text: string };
  /** Told of each request, when it is over: never its query, its headers or its body. `led`: whether it was for the sandbox. */
  readonly log: (line: string, led: boolean) => void;
}

export interface RunningProxy {
  /** Port 0 takes a free one. Resolves to the port. */
  listen(port: number, host: string): Promise<number>;
  /** Stops accepting, ends idle connections, finishes what is in flight within the grace time, then cuts off the rest. */
  close(): Promise<void>;
}

/** Bytes of request line and headers, as the server has it. */
const headLimit = 48 * 1024;

/** A connection within a CONNECT: where to, and whether by TLS. A connection that is no tunnel has none. */
type Tunnel = Destination & { readonly secure: boolean };

/**
 * An HTTP proxy that answers for some hosts. CONNECT to one of them is answered by TLS with the certificate of `accord trust` (port 443) or
 * without (port 80), and what is asked inside goes to the sandbox; so does a request in absolute form. Anything else is refused with
 * 403, or passed on untouched. The hosts themselves are never asked, on no port: a live deployment may be behind them.
 */
export function createProxy(settings: ProxySettings): RunningProxy {
  const { hosts, certificate, passThrough, proof, log } = settings;
  const { silence = 120_000, headersTimeout = 10_000, grace = 10_000, connections = 500 } = settings;
  const { cert, key } = certificate;
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  const forwarding = createForwarding(settings);
  const passing = createPassThrough(silence);
  const tunnels = new WeakMap<Duplex, Tunnel>();
  /** Connections that a request has not reached yet: to Node they are busy, so they would hold up `close`. */
  const silent = new Set<Duplex>();
  let ending = false;

  const server: Server = createServer({
    headersTimeout,
    // An upload may take its time: silence is what ends a connection.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(Math.min(1000, headersTimeout / 4)),
    keepAliveTimeout: Math.min(72_000, silence),
    maxHeaderSize: headLimit,
    requireHostHeader: false,
    noDelay: true,
    shouldUpgradeCallback: () => false,
  });
  server.maxConnections = connections;
  server.setTimeout(silence);
  // A client that has said all it has to say may close its half; Node would then drop the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', waiting).on('request', onRequest).on('connect', onConnect);
  server.on('clientError', (_, socket) => refuseConnection(socket, 400, 'This is no HTTP request.'));

  function waiting(socket: Duplex): void {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket, method } = request;
    silent.delete(socket);
    if (ending) response.shouldKeepAlive = false;
    const target = targetOf(request);
    if (proof && target?.path === proof.path && isLed(target)) return void response.end(proof.text);
    const name = target
      ? `${method} ${target.secure ? 'https' : 'http'}://${target.host}${printable(target.path)}`
      : `${method} ${printable(request.url ?? '')}`;
    response.once('close', () => {
      const led = target !== undefined && isLed(target);
      log(response.writableFinished ? `${name} ${response.statusCode}` : `${name} was cut`, led);
      if (ending) socket.end();
    });
    if (!target) {
      const says = 'This is a proxy: point HTTPS_PROXY or HTTP_PROXY at it; accord proxy --help says more.';
      return refuseRequest(response, 400, says);
    }
    const tunnel = tunnels.get(socket);
    // The certificate was shown for another host.
    if (tunnel && target.host !== tunnel.host)
      return refuseRequest(response, 421, `This connection is for ${tunnel.host}, not for ${target.host}.`);
    if (isLed(target)) forwarding.toSandbox(request, response, target);
    else if (mayPass(target) && !target.secure) forwarding.toItself(request, response, target);
    else refuseRequest(response, 403, refusalOf(target));
  }

  /** What a request is for; `undefined` when it cannot be told. */
  function targetOf(request: IncomingMessage): Target | undefined {
    const { url = '', headers } = request;
    const tunnel = tunnels.get(request.socket);
    if (!tunnel || !url.startsWith('/')) return readAbsolute(url);
    const authority = headers.host ?? tunnel.host;
    const named = readAuthority(authority, tunnel.port);
    return named && { ...tunnel, host: named.host, authority, path: url };
  }

  const isLed = ({ host, port }: Destination): boolean =>
    (port === 443 || port === 80) && matchesOne(host, hosts);

  const mayPass = ({ host }: Destination): boolean => passThrough && !matchesOne(host, hosts);

  const refusalOf = ({ host, port }: Destination): string =>
    `${host}:${port} is not led to the sandbox: this proxy answers for ${hosts.join(', ')} on ports 443 and 80. --hosts names others, --pass-through lets all others through.`;

  function onConnect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    silent.delete(socket);
    const asked = readAuthority(request.url ?? '');
    if (!asked || tunnels.has(socket))
      return refuseConnection(socket, 400, 'CONNECT takes a host and a port, and only once.');
    const { host, port } = asked;
    if (ending) return refuseConnection(socket, 503, 'This proxy is about to end.');
    // The time that was set for it as a connection of its own.
    socket.setTimeout(0).removeAllListeners('timeout');
    if (head.length > 0) socket.unshift(head);
    if (isLed(asked)) return lead(socket, { ...asked, secure: port === 443 });
    if (mayPass(asked)) {
      const over = (reached: boolean): void =>
        log(`CONNECT ${host}:${port} ${reached ? 'passed through' : 502}`, false);
      return passing.open(socket, asked, over);
    }
    log(`CONNECT ${host}:${port} 403`, false);
    refuseConnection(socket, 403, refusalOf(asked));
  }

  function lead(socket: Socket, tunnel: Tunnel): void {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const inside = tunnel.secure
      ? new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
      : socket;
    inside.once('close', () => socket.destroy());
    tunnels.set(inside, tunnel);
    server.emit('connection', inside);
  }

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    async close() {
      ending = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of silent) socket.destroy();
      passing.drain();
      const patience = setTimeout(() => {
        server.closeAllConnections();
        passing.cut();
      }, grace);
      await closed;
      clearTimeout(patience);
      forwarding.close();
    },
  };
}
