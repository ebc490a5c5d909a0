import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as plain,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream';
import { rootCertificates } from 'node:tls';
import type { Target } from './destination.ts';
import { refuseRequest } from './refusal.ts';

export interface Forwarding {
  toSandbox(request: IncomingMessage, response: ServerResponse, target: Target): void;
  /** To the host that is asked, in plain HTTP. */
  toItself(request: IncomingMessage, response: ServerResponse, target: Target): void;
  close(): void;
}

/** Of one hop, not of the message. */
const ofOneHop = [
  ...['connection', 'proxy-connection', 'keep-alive', 'proxy-authorization', 'proxy-authenticate'],
  ...['te', 'trailer', 'upgrade'],
];
/** `Expect` was answered here; `Transfer-Encoding` of a request stays, for by it Node knows that the length is not known. */
const notSent = [...ofOneHop, 'host', 'expect'];
/** What the sandbox may believe of a proxy that it trusts; the proxy says it, never the client. */
const forwarded = ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for'];

/** Requests go on as they came: the host that the client named, headers in their order and their case, bodies as they flow. */
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
        ...headersOf(request, target, [...notSent, ...forwarded]),
        ...['X-Forwarded-For', request.socket.remoteAddress ?? ''],
        ...['X-Forwarded-Proto', target.secure ? 'https' : 'http'],
      ];
      const place = { hostname: withoutBrackets(to.hostname), port: to.port, headers };
      // The certificate of the sandbox is good for the host, wherever the sandbox is.
      const servername = isIP(target.host) === 0 ? target.host : 'localhost';
      exchange(request, response, target, `The sandbox at ${to.origin}`, (asked) =>
        to.protocol === 'https:'
          ? secure({ ...asked, ...place, agent: secureAgent, servername })
          : plain({ ...asked, ...place, agent }),
      );
    },
    toItself(request, response, target) {
      const { host, port } = target;
      const headers = headersOf(request, target, notSent);
      exchange(request, response, target, `${host}:${port}`, (asked) =>
        plain({ ...asked, hostname: host, port, headers, agent }),
      );
    },
    close() {
      agent.destroy();
      secureAgent.destroy();
    },
  };
}

function headersOf(request: IncomingMessage, { authority }: Target, without: readonly string[]): string[] {
  const { headers, method = '' } = request;
  const empty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return [
    ...['Host', authority],
    ...less(request, without),
    // Node would send a body in chunks, of which there are none.
    ...(empty && ['POST', 'PUT', 'PATCH'].includes(method) ? ['Content-Length', '0'] : []),
  ];
}

/** The headers of a message as they came, less some, and less those that its `Connection` names. */
function less({ rawHeaders, headers }: IncomingMessage, without: readonly string[]): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(',');
  const dropped = new Set([...without, ...named.map((name) => name.trim())]);
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && !dropped.has(name.toLowerCase()) ? [name, rawHeaders[i + 1] as string] : [],
  );
}

/** A connection that the other side cuts is cut for the client too: that is what a client is to be tried with. */
function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  { path }: Target,
  other: string,
  send: (asked: RequestOptions) => ClientRequest,
): void {
  let sent: ClientRequest;
  try {
    sent = send({ method: request.method, path });
  } catch {
    // What Node reads it does not always write.
    return refuseRequest(
      response,
      400,
      'This request cannot be passed on: its path or a header is malformed.',
    );
  }
  let connected = false;
  sent.once('socket', (socket) => {
    connected = sent.reusedSocket;
    if (connected) return;
    socket.once('authorized' in socket ? 'secureConnect' : 'connect', () => {
      connected = true;
    });
  });
  sent.on('error', (error: NodeJS.ErrnoException) => {
    // What is still to be read of the answer says itself whether it is whole.
    if (response.headersSent) return void request.resume();
    if (connected) return void response.destroy();
    const says = `${other} cannot be reached (${error.code ?? error.message}): see that it runs, and check --to.`;
    refuseRequest(response, 502, says);
  });
  sent.on('response', (answered) => {
    response.sendDate = false;
    // It was answered before it was sent to its end; nobody may want the rest.
    if (!request.complete) response.shouldKeepAlive = false;
    try {
      const headers = less(answered, [...ofOneHop, 'transfer-encoding']);
      response.writeHead(answered.statusCode ?? 502, answered.statusMessage, headers);
    } catch {
      return void response.destroy();
    }
    pipeline(answered, response, (error) => {
      if (error) response.destroy();
    });
  });
  sent.once('close', () => {
    request.unpipe(sent).resume();
    if (!response.headersSent) response.destroy();
  });
  response.once('close', () => {
    if (!response.writableFinished) sent.destroy();
  });
  request.on('error', () => sent.destroy()).pipe(sent);
}

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '');
