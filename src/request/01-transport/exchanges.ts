import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Answer } from '../../contract/answer.ts';
import type { Files } from '../../files/files.ts';
import { hostInUrl } from '../../http/hosts.ts';
import type { ListenerHandlers } from '../../http/listen.ts';
import type { Ranges } from '../../identity/address.ts';
import { type BodyLimits, isMultipart, limitFor } from './body.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { sendWithMishap } from './mishap.ts';
import { readMultipart } from './multipart.ts';
import { none, type ReadParameters } from './parameters.ts';
import type { PeerConnection } from './peer.ts';
import { declaresMoreThan, hasBody, readBody, streamBody } from './read-body.ts';
import { noBody, receive } from './receive.ts';
import type { Received } from './received.ts';
import { freshId } from './request-id.ts';
import { encode, lingering, send } from './send.ts';

/** Makes the answer to a request. It never rejects: every failure has an answer. */
export type Respond = (received: Received) => Promise<Answer>;

/** Makes the answer to bytes that are no request; `reason` is safe for the wire, `reached` is where they arrived. */
export type Unreadable = (reason: string, id: string, reached: LocalEndpoint) => Answer;

export interface LocalEndpoint {
  /** `address:port` of this side. */
  readonly host: string;
  readonly https: boolean;
}

export interface ExchangeSettings {
  /** Where uploads wait; without it no file is taken. */
  readonly files: Pick<Files, 'put'> | undefined;
  /** From the first byte to the end of a body; of a multipart body. */
  readonly timeouts: { readonly bodyMs: number; readonly uploadMs: number };
  readonly limits: BodyLimits;
  readonly trusted: Ranges;
  readonly respond: Respond;
  readonly unreadable: Unreadable;
  /** Aborted when the server closes: every connection then ends with its answer, and no answer is delayed. */
  readonly ending: AbortSignal;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Unix milliseconds. */
  readonly at: number;
  /** As `performance.now` has it. */
  readonly started: number;
  /** Set while the body is being read. */
  fail: ((reason: string) => void) | undefined;
}

/** Answers what a listener receives: requests, and what should have been one. No handler throws. */
export class Exchanges implements ListenerHandlers {
  readonly #settings: ExchangeSettings;
  /** By socket. With pipelining, answers leave in order, so the latest exchange is the last to end. */
  readonly #latest = new WeakMap<Duplex, Exchange>();
  /** Node reports the same failure again with every byte that follows, and at every check for slow requests. */
  readonly #failed = new WeakSet<Duplex>();
  readonly #deadlines: Deadlines;

  constructor(settings: ExchangeSettings) {
    this.#settings = settings;
    this.#deadlines = createDeadlines(Math.ceil(Math.min(500, settings.timeouts.bodyMs / 10)));
  }

  readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange: Exchange = {
      request,
      response,
      at: Date.now(),
      started: performance.now(),
      fail: undefined,
    };
    this.#latest.set(request.socket, exchange);
    if (hasBody(request)) this.#readBody(exchange);
    else void this.#converse(exchange, noBody, undefined);
  };

  #readBody(exchange: Exchange): void {
    const { files, timeouts, limits } = this.#settings;
    const { request } = exchange;
    const headers = headersOf(request);
    const multipart = isMultipart(headers);
    let complete = false;
    // Node has one limit for all requests, the longest; this one is of the request.
    const deadline = this.#deadlines.set(multipart ? timeouts.uploadMs : timeouts.bodyMs, () =>
      exchange.fail?.('the request did not arrive in time'),
    );
    const over = (body: Buffer, reason: string | undefined, read?: Promise<ReadParameters>): void => {
      complete = true;
      deadline.clear();
      exchange.fail = undefined;
      void this.#converse(exchange, body, reason, read);
    };
    const limit = limitFor(headers, limits);
    let fail: (reason: string) => void;
    if (multipart) {
      const sink = readMultipart(headers['content-type'] ?? '', files);
      fail = streamBody(request, limit, sink, (reason) => over(noBody, reason, sink.read));
    } else {
      fail = readBody(request, limit, over);
      request.once('close', () => deadline.clear());
    }
    if (!complete) exchange.fail = fail;
  }

  /** `failed`: why the body could not be read. `reading`: the parameters of a multipart body. */
  async #converse(
    exchange: Exchange,
    body: Buffer,
    failed: string | undefined,
    reading?: Promise<ReadParameters>,
  ): Promise<void> {
    const { trusted, respond, ending } = this.#settings;
    const { request, response, at, started } = exchange;
    const read = await reading;
    try {
      const { method = '', url = '/', httpVersion: version, socket } = request;
      const headers = headersOf(request);
      const connection = new SocketConnection(socket);
      // The client hung up before the body was complete. A partial request must not be executed.
      if (reading !== undefined && socket.destroyed && !request.complete) return;
      const raw = { method, url, version, headers, body, read, failed, connection, at, started };
      const receiving = receive(raw, trusted);
      const received = receiving instanceof Promise ? await receiving : receiving;
      const answer = await respond(received);
      const unread = failed === undefined ? undefined : request;
      const reply = () =>
        send(
          response,
          answer,
          { https: received.https, last: unread !== undefined || ending.aborted },
          unread,
        );
      if (answer.mishap) await sendWithMishap(response, answer.mishap, reply, ending);
      else reply();
    } catch {
      collapse(response);
    } finally {
      for (const { staged } of (read ?? none).uploads?.values() ?? []) void staged?.drop();
    }
  }

  /** A body that declares too much is refused before it is sent. */
  readonly onExpectation = (request: IncomingMessage, response: ServerResponse): void => {
    if (!declaresMoreThan(limitFor(headersOf(request), this.#settings.limits), request))
      response.writeContinue();
  };

  readonly onClientError = (error: ParseError, socket: Duplex): void => {
    if (this.#failed.has(socket)) return;
    this.#failed.add(socket);
    const reason = reasonFor(error);
    if (reason === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    const exchange = this.#latest.get(socket);
    if (exchange?.fail) exchange.fail(reason);
    else if (exchange && !exchange.response.closed)
      exchange.response.once('close', () => this.#refuse(socket, reason));
    else this.#refuse(socket, reason);
  };

  readonly onConnect = (_: IncomingMessage, socket: Duplex): void => {
    socket.on('error', () => {});
    this.#refuse(socket, 'this is not a proxy');
  };

  /** Answers a socket that has no request, and closes it. */
  #refuse(socket: Duplex, reason: string): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    try {
      const https = socket instanceof TLSSocket;
      const host = socket instanceof Socket ? localAuthority(socket) : 'localhost';
      const answer = this.#settings.unreadable(reason, freshId(Date.now()), { host, https });
      socket.end(encode(answer, https));
      socket.resume();
      const timer = setTimeout(() => socket.destroy(), lingering);
      socket.once('close', () => clearTimeout(timer));
    } catch {
      socket.destroy();
    }
  }
}

/** No answer could be made, which is a defect of the program. The status can still be sent. */
function collapse(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else
    response.writeHead(500, ['X-Status', 'server_error', 'Content-Length', '0', 'Connection', 'close']).end();
}

const reasons: Readonly<Record<string, string | undefined>> = Object.freeze({
  HPE_HEADER_OVERFLOW: 'the URL and the headers are too long',
  HPE_INVALID_METHOD: 'the method is not one of HTTP',
  HPE_INVALID_EOF_STATE: 'the request ends too early',
  ERR_HTTP_REQUEST_TIMEOUT: 'the request did not arrive in time',
});

/** `undefined` for failures of the connection itself, to which no answer can be sent. */
function reasonFor({ code = '', reason = '' }: ParseError): string | undefined {
  if (reasons[code] !== undefined) return reasons[code];
  if (!code.startsWith('HPE_')) return undefined;
  return reason === '' ? 'it is not HTTP/1.1' : `it is not HTTP/1.1 (${reason})`;
}

/** `reason` is the parser's own, one of a few; it quotes nothing. */
type ParseError = NodeJS.ErrnoException & { readonly reason?: string };

type Headers = Readonly<Record<string, string | undefined>>;

/** Node joins repeated headers into one text, except `Set-Cookie`, which no request needs. */
function headersOf({ headers }: IncomingMessage): Headers {
  if (headers['set-cookie'] === undefined) return headers as Headers;
  return { ...headers, 'set-cookie': headers['set-cookie'].join(', ') };
}

/** Reads from the socket only what is used. */
class SocketConnection implements PeerConnection {
  readonly #socket: Socket;
  constructor(socket: Socket) {
    this.#socket = socket;
  }
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }
  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }
  get encrypted(): boolean {
    return this.#socket instanceof TLSSocket;
  }
  get local(): string {
    return localAuthority(this.#socket);
  }
}

/** Address and port of this side. A socket that listens on IPv6 has IPv4 addresses as `::ffff:192.0.2.1`. */
function localAuthority(socket: Pick<Socket, 'localAddress' | 'localPort'>): string {
  const { localAddress = '', localPort } = socket;
  if (localAddress === '') return 'localhost';
  const address = localAddress.startsWith('::ffff:') ? localAddress.slice(7) : localAddress;
  return `${hostInUrl(address)}:${localPort}`;
}
