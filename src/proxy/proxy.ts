import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { HttpListener } from '../http/listen.ts';
import { matchesOne } from '../trust/names.ts';
import { type Destination, type ProxyTarget, printable, readAbsolute, readAuthority } from './destination.ts';
import { createForwarding, type Forwarding } from './forward.ts';
import { createPassThrough, type PassThrough } from './pass-through.ts';
import { refuseConnection, refuseRequest } from './refusal.ts';

export interface ProxySettings {
  /** Host names whose requests are sent to the sandbox; `*` may stand for the first label. */
  readonly hosts: readonly string[];
  /** Origin of the sandbox. */
  readonly to: URL;
  /** PEM: the certificate shown for the hosts, its key, and the authority that signed it. */
  readonly certificate: { readonly cert: string; readonly key: string; readonly authority: string };
  /** Whether requests to other hosts are passed on to them, untouched. */
  readonly passThrough: boolean;
  /** Milliseconds in which a connection carries nothing at all; 120,000 by default. */
  readonly silence?: number;
  /** Milliseconds from the first byte to the end of the headers, and for a TLS handshake; 10,000 by default. */
  readonly headersTimeout?: number;
  /** Milliseconds that `close` waits for what is in flight; 10,000 by default. */
  readonly grace?: number;
  /** Connections at once; 500 by default. More are closed at once. */
  readonly connections?: number;
  /** Finds out whether a client uses this proxy: for every host in `hosts`, the proxy itself answers this path. */
  readonly proof?: { readonly path: string; readonly text: string };
  /** Called with a line for each request that is over: never its query, its headers or its body. `led`: whether it was for the sandbox. */
  readonly log: (line: string, led: boolean) => void;
}

export interface RunningProxy {
  /** Port 0 takes a free one. Resolves to the port. */
  listen(port: number, host: string): Promise<number>;
  /** Stops accepting, ends idle connections, finishes what is in flight within the grace time, then cuts off the rest. */
  close(): Promise<void>;
}

/** A connection within a CONNECT: where to, and whether by TLS. A connection that is no tunnel has none. */
type Tunnel = Destination & { readonly secure: boolean };

/**
 * An HTTP proxy that answers for some hosts. CONNECT to one of them is answered by TLS with the certificate of `accord trust` (port 443) or
 * without (port 80), and the requests inside are sent to the sandbox; so is a request in absolute form. Anything else is refused with
 * 403, or passed on untouched. No request is ever sent to the hosts themselves, on no port: a live deployment may be behind them.
 */
export const createProxy = (settings: ProxySettings): RunningProxy => new LeadingProxy(settings);

class LeadingProxy implements RunningProxy {
  readonly #settings: ProxySettings;
  readonly #listener: HttpListener;
  readonly #secureContext: SecureContext;
  readonly #forwarding: Forwarding;
  readonly #passThrough: PassThrough;
  readonly #tunnels = new WeakMap<Duplex, Tunnel>();
  #ending = false;

  constructor(settings: ProxySettings) {
    const { silence = 120_000, headersTimeout = 10_000, grace = 10_000, connections = 500 } = settings;
    const { cert, key } = settings.certificate;
    this.#settings = settings;
    this.#secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    this.#forwarding = createForwarding(settings);
    this.#passThrough = createPassThrough(silence);
    this.#listener = new HttpListener(
      {
        headersTimeoutMs: headersTimeout,
        // An upload may take its time: silence is what ends a connection.
        requestTimeoutMs: 0,
        silenceMs: silence,
        graceMs: grace,
        connectionsMax: connections,
        endedByClose: 'unanswered',
      },
      {
        onConnection: (socket) => void socket.on('error', () => socket.destroy()),
        onRequest: (request, response) => this.#onRequest(request, response),
        onConnect: (request, socket, head) => this.#onConnect(request, socket, head),
        onClientError: (_, socket) => refuseConnection(socket, 400, 'This is no HTTP request.'),
        onGraceEnd: () => this.#passThrough.cut(),
      },
    );
  }

  async listen(port: number, host: string): Promise<number> {
    return (await this.#listener.listen(port, host)).port;
  }

  async close(): Promise<void> {
    this.#ending = true;
    const closed = this.#listener.close();
    this.#passThrough.drain();
    await closed;
    this.#forwarding.close();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { proof } = this.#settings;
    const { socket } = request;
    if (this.#ending) response.shouldKeepAlive = false;
    const target = this.#targetOf(request);
    const led = target !== undefined && this.#isLed(target);
    if (proof && led && target.path === proof.path) return void response.end(proof.text);
    this.#logWhenOver(request, response, { target, led });
    if (!target) {
      const message =
        'This is a proxy: point HTTPS_PROXY or HTTP_PROXY at it; accord proxy --help says more.';
      return refuseRequest(response, 400, message);
    }
    const tunnel = this.#tunnels.get(socket);
    // The certificate was shown for another host.
    if (tunnel && target.host !== tunnel.host)
      return refuseRequest(response, 421, `This connection is for ${tunnel.host}, not for ${target.host}.`);
    if (led) this.#forwarding.toSandbox(request, response, target);
    else if (this.#mayPass(target) && !target.secure) this.#forwarding.toItself(request, response, target);
    else refuseRequest(response, 403, this.#refusalOf(target));
  }

  #logWhenOver(
    { method, url = '', socket }: IncomingMessage,
    response: ServerResponse,
    { target, led }: { readonly target: ProxyTarget | undefined; readonly led: boolean },
  ): void {
    const name = target
      ? `${method} ${target.secure ? 'https' : 'http'}://${target.host}${printable(target.path)}`
      : `${method} ${printable(url)}`;
    response.once('close', () => {
      const line = response.writableFinished ? `${name} ${response.statusCode}` : `${name} was cut`;
      this.#settings.log(line, led);
      if (this.#ending) socket.end();
    });
  }

  /** The server and path that a request names; `undefined` when it names none. */
  #targetOf(request: IncomingMessage): ProxyTarget | undefined {
    const { url = '', headers } = request;
    const tunnel = this.#tunnels.get(request.socket);
    if (!tunnel || !url.startsWith('/')) return readAbsolute(url);
    const authority = headers.host ?? tunnel.host;
    const named = readAuthority(authority, tunnel.port);
    return named && { ...tunnel, host: named.host, authority, path: url };
  }

  #isLed({ host, port }: Destination): boolean {
    return (port === 443 || port === 80) && matchesOne(host, this.#settings.hosts);
  }

  #mayPass({ host }: Destination): boolean {
    return this.#settings.passThrough && !matchesOne(host, this.#settings.hosts);
  }

  #refusalOf({ host, port }: Destination): string {
    return `${host}:${port} is not led to the sandbox: this proxy answers for ${this.#settings.hosts.join(', ')} on ports 443 and 80. --hosts names others, --pass-through lets all others through.`;
  }

  #onConnect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { log } = this.#settings;
    const destination = readAuthority(request.url ?? '');
    if (!destination || this.#tunnels.has(socket))
      return refuseConnection(socket, 400, 'CONNECT takes a host and a port, and only once.');
    const { host, port } = destination;
    if (this.#ending) return refuseConnection(socket, 503, 'This proxy is about to end.');
    // The time-out that it had as a connection of the listener.
    socket.setTimeout(0).removeAllListeners('timeout');
    if (head.length > 0) socket.unshift(head);
    if (this.#isLed(destination)) return this.#lead(socket, { ...destination, secure: port === 443 });
    if (this.#mayPass(destination))
      return this.#passThrough.open(socket, destination, (reached) =>
        log(`CONNECT ${host}:${port} ${reached ? 'passed through' : 502}`, false),
      );
    log(`CONNECT ${host}:${port} 403`, false);
    refuseConnection(socket, 403, this.#refusalOf(destination));
  }

  #lead(socket: Socket, tunnel: Tunnel): void {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const secureContext = this.#secureContext;
    const inside = tunnel.secure
      ? new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
      : socket;
    inside.once('close', () => socket.destroy());
    this.#tunnels.set(inside, tunnel);
    this.#listener.adopt(inside);
  }
}
