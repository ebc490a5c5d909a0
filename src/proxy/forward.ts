import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as overHttp,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { request as overHttps, Agent as SecureAgent } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { forwardedRequestHeaders, forwardedResponseHeaders } from '../http/hop-by-hop.ts';
import { hostOfUrl, localLookup } from '../http/hosts.ts';
import type { ProxyTarget } from './destination.ts';
import { refuseRequest } from './refusal.ts';

export interface Forwarding {
  toSandbox(request: IncomingMessage, response: ServerResponse, target: ProxyTarget): void;
  /** To the host that the request names, in plain HTTP. */
  toItself(request: IncomingMessage, response: ServerResponse, target: ProxyTarget): void;
  close(): void;
}

/** Believed by a sandbox that trusts this proxy, so the proxy writes them, never the client. */
const forwarded = ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for'];

/**
 * Requests go on as they came: the host that the client named, headers in their order and their case, bodies as they flow. That takes `node:http`;
 * undici would write other headers (docs/internals/decisions/0043-outgoing-requests.md).
 */
export function createForwarding(settings: {
  readonly to: URL;
  readonly certificate: { readonly authority: string };
}): Forwarding {
  const { to } = settings;
  const agent = new Agent({ keepAlive: true });
  const secureAgent = new SecureAgent({
    keepAlive: true,
    ca: [...rootCertificates, settings.certificate.authority],
  });

  return {
    toSandbox(request, response, target) {
      const headers = [
        ...headersOf(request, target, forwarded),
        ...['X-Forwarded-For', request.socket.remoteAddress ?? ''],
        ...['X-Forwarded-Proto', target.secure ? 'https' : 'http'],
      ];
      const hostname = hostOfUrl(to.hostname);
      const place = { hostname, port: to.port, headers, ...localLookup(hostname) };
      // The certificate of the sandbox is good for the host, wherever the sandbox is.
      const servername = isIP(target.host) === 0 ? target.host : 'localhost';
      const send = (options: RequestOptions): ClientRequest =>
        to.protocol === 'https:'
          ? overHttps({ ...options, ...place, agent: secureAgent, servername })
          : overHttp({ ...options, ...place, agent });
      const serverName = `The sandbox at ${to.origin}`;
      forward({ request, response, path: target.path, serverName, send });
    },
    toItself(request, response, target) {
      const { host, port } = target;
      const headers = headersOf(request, target, []);
      const send = (options: RequestOptions): ClientRequest =>
        overHttp({ ...options, hostname: host, port, headers, agent, ...localLookup(host) });
      forward({ request, response, path: target.path, serverName: `${host}:${port}`, send });
    },
    close() {
      agent.destroy();
      secureAgent.destroy();
    },
  };
}

function headersOf(
  request: IncomingMessage,
  { authority }: ProxyTarget,
  without: readonly string[],
): string[] {
  const { headers, method = '' } = request;
  const empty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return [
    ...['Host', authority],
    ...forwardedRequestHeaders(request, without),
    // Otherwise Node would send an empty body in chunks.
    ...(empty && ['POST', 'PUT', 'PATCH'].includes(method) ? ['Content-Length', '0'] : []),
  ];
}

interface Forwarded {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** The server that it is sent to, as a message names it. */
  readonly serverName: string;
  readonly send: (options: RequestOptions) => ClientRequest;
}

/** A connection that the server cuts is cut for the client too: how it handles that is what is tested. */
function forward({ request, response, path, serverName, send }: Forwarded): void {
  let sent: ClientRequest;
  try {
    sent = send({ method: request.method, path });
  } catch {
    // Node does not write everything that it reads.
    return refuseRequest(
      response,
      400,
      'This request cannot be passed on: its path or a header is malformed.',
    );
  }
  const isConnected = connectionOf(sent);
  sent.on('error', (error: NodeJS.ErrnoException) => {
    // Whether the rest of the answer is whole shows in its length.
    if (response.headersSent) return void request.resume();
    if (isConnected()) return void response.destroy();
    const message = `${serverName} cannot be reached (${error.code ?? error.message}): see that it runs, and check --to.`;
    refuseRequest(response, 502, message);
  });
  sent.on('response', (answer) => forwardAnswer(answer, { request, response }));
  sent.once('close', () => {
    request.unpipe(sent).resume();
    if (!response.headersSent) response.destroy();
  });
  response.once('close', () => {
    if (!response.writableFinished) sent.destroy();
  });
  request.on('error', () => sent.destroy()).pipe(sent);
}

/** Tells whether the connection of a request was made. */
function connectionOf(sent: ClientRequest): () => boolean {
  let connected = false;
  sent.once('socket', (socket) => {
    connected = sent.reusedSocket;
    if (connected) return;
    socket.once('authorized' in socket ? 'secureConnect' : 'connect', () => {
      connected = true;
    });
  });
  return () => connected;
}

function forwardAnswer(
  answer: IncomingMessage,
  { request, response }: Pick<Forwarded, 'request' | 'response'>,
): void {
  response.sendDate = false;
  // It was answered before it was sent to its end; nobody may read the rest.
  if (!request.complete) response.shouldKeepAlive = false;
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, forwardedResponseHeaders(answer));
  } catch {
    return void response.destroy();
  }
  pipeline(answer, response, (error) => {
    if (error) response.destroy();
  });
}
