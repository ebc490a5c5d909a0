import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Answer } from '../../contract/answer.ts';
import type { Files } from '../../files/files.ts';
import type { Ranges } from '../../identity/address.ts';
import { type BodyLimits, isMultipart, limitFor } from './body.ts';
import { createDeadlines } from './deadlines.ts';
import { sendWithMishap } from './mishap.ts';
import { readMultipart } from './multipart.ts';
import { none, type ReadParameters } from './parameters.ts';
import type { Connection } from './peer.ts';
import { declaresMoreThan, hasBody, readBody, streamBody } from './read-body.ts';
import { noBody, receive } from './receive.ts';
import type { Received } from './received.ts';
import { freshId } from './request-id.ts';
import { encode, lingering, send } from './send.ts';

/** Makes the answer to a request. Is expected never to reject: every failure has an answer of its own. */
export type Respond = (received: Received) => Promise<Answer>;

/** Makes the answer to what cannot be read as a request at all; `reason` is safe for the wire, `reached` is where it arrived. */
export type Unreadable = (reason: string, id: string, reached: Reached) => Answer;

export interface Reached {
  /** `address:port` of our side. */
  readonly host: string;
  readonly https: boolean;
}

export interface Exchanges {
  /** Where uploads wait; without it no file is taken. */
  readonly files: Pick<Files, 'put'> | undefined;
  /** Milliseconds to the end of a body; of a multipart body. */
  readonly patience: { readonly body: number; readonly upload: number };
  readonly limits: BodyLimits;
  readonly trusted: Ranges;
  readonly respond: Respond;
  readonly unreadable: Unreadable;
  /** From then on every connection ends with its answer, and no answer waits. */
  readonly ending: AbortSignal;
}

interface Exchange {
  readonly response: ServerResponse;
  /** Set while the body is being read. */
  fail: ((reason: string) => void) | undefined;
}

/** The listeners of an HTTP server: for requests, and for what should have been one. None of them throws. */
export function listeners({ files, patience, limits, trusted, respond, unreadable, ending }: Exchanges) {
  /** By socket; with pipelining, answers leave in order, so the latest exchange is the last to end. */
  const latest = new WeakMap<Duplex, Exchange>();
  /** Node reports the same failure again with every byte that follows, and at every look for slow requests. */
  const failed = new WeakSet<Duplex>();
  const deadlines = createDeadlines(Math.ceil(Math.min(500, patience.body / 10)));

  /** `url` is the target as sent. */
  function onRequest(request: IncomingMessage, response: ServerResponse, url: string): void {
    const at = Date.now();
    const started = performance.now();
    const exchange: Exchange = { response, fail: undefined };
    latest.set(request.socket, exchange);
    if (!hasBody(request)) {
      void converse(noBody, undefined);
      return;
    }
    let taken = false;
    const over = (body: Buffer, reason: string | undefined, read?: Promise<ReadParameters>): void => {
      taken = true;
      late.clear();
      exchange.fail = undefined;
      void converse(body, reason, read);
    };
    const multipart = isMultipart(headersOf(request));
    // Node has one limit for all requests, the longest; this one is of the request.
    const late = deadlines.set(multipart ? patience.upload : patience.body, () =>
      exchange.fail?.('the request did not arrive in time'),
    );
    const limit = limitFor(headersOf(request), limits);
    let fail: (reason: string) => void;
    if (multipart) {
      const sink = readMultipart(headersOf(request)['content-type'] ?? '', files);
      fail = streamBody(request, limit, sink, (reason) => over(noBody, reason, sink.read));
    } else {
      fail = readBody(request, limit, (body, reason) => over(body, reason));
      request.once('close', () => late.clear());
    }
    if (!taken) exchange.fail = fail;

    async function converse(
      body: Buffer,
      reason: string | undefined,
      reading?: Promise<ReadParameters>,
    ): Promise<void> {
      const read = await reading;
      try {
        const { method = '', httpVersion: version, socket } = request;
        const headers = headersOf(request);
        const connection = new SocketConnection(socket);
        // Nobody is left to be answered, and what was sent is not all there is: it must not be acted upon.
        if (reading !== undefined && socket.destroyed && !request.complete) return;
        const raw = { method, url, version, headers, body, read, failed: reason, connection, at, started };
        const receiving = receive(raw, trusted);
        const received = receiving instanceof Promise ? await receiving : receiving;
        const answer = await respond(received);
        const unread = reason === undefined ? undefined : request;
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
  }

  /** Before a body that waits for `100 Continue`: one that declares too much is answered without being asked for. */
  function onExpectation(request: IncomingMessage, response: ServerResponse): void {
    if (!declaresMoreThan(limitFor(headersOf(request), limits), request)) response.writeContinue();
  }

  function onClientError(error: ParseError, socket: Duplex): void {
    if (failed.has(socket)) return;
    failed.add(socket);
    const reason = reasonFor(error);
    if (reason === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    const exchange = latest.get(socket);
    if (exchange?.fail) exchange.fail(reason);
    else if (exchange && !exchange.response.closed)
      exchange.response.once('close', () => refuse(socket, reason));
    else refuse(socket, reason);
  }

  function onConnect(_: IncomingMessage, socket: Duplex): void {
    socket.on('error', () => {});
    refuse(socket, 'this is not a proxy');
  }

  /** Answers a socket that has no request, and lets go of it. */
  function refuse(socket: Duplex, reason: string): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    try {
      const https = socket instanceof TLSSocket;
      const host = socket instanceof Socket ? localOf(socket) : 'localhost';
      socket.end(encode(unreadable(reason, freshId(Date.now()), { host, https }), https));
      socket.resume();
      const patience = setTimeout(() => socket.destroy(), lingering);
      socket.once('close', () => clearTimeout(patience));
    } catch {
      socket.destroy();
    }
  }

  return { onRequest, onExpectation, onClientError, onConnect };
}

/** Nobody made an answer, which is a fault of the program: the status can still be told. */
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

/** Node joins repeated headers into one text, but for this one, which no request has a use for. */
function headersOf({ headers }: IncomingMessage): Headers {
  if (headers['set-cookie'] === undefined) return headers as Headers;
  return { ...headers, 'set-cookie': headers['set-cookie'].join(', ') };
}

/** Asks the socket only for what is wanted. */
class SocketConnection implements Connection {
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
    return localOf(this.#socket);
  }
}

/** A socket that listens on IPv6 has IPv4 addresses as `::ffff:192.0.2.1`. */
function localOf(socket: Pick<Socket, 'localAddress' | 'localPort'>): string {
  const { localAddress = '', localPort } = socket;
  if (localAddress === '') return 'localhost';
  if (localAddress.startsWith('::ffff:')) return `${localAddress.slice(7)}:${localPort}`;
  return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}
