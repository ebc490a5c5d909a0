import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const reasons = Object.freeze({
  400: 'Bad Request',
  403: 'Forbidden',
  421: 'Misdirected Request',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
});

type Http = keyof typeof reasons;

const type = 'text/plain; charset=utf-8';
/** Milliseconds in which a client that was refused may read why. */
const refusalTimeoutMs = 1_000;

/** Answers in the proxy's own name on a connection that Node no longer reads for us, and ends it. */
export function refuseConnection(socket: Duplex, http: Http, says: string): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const head = `HTTP/1.1 ${http} ${reasons[http]}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(says) + 1}\r\nConnection: close\r\n\r\n`;
  socket.end(`${head}${says}\n`);
  // What else the client sends is read and dropped: a reset would take the answer away.
  socket.resume();
  setTimeout(() => socket.destroy(), refusalTimeoutMs).unref();
}

/** As above, for a request whose answer has not begun. */
export function refuseRequest(response: ServerResponse, http: Http, says: string): void {
  const { req } = response;
  const length = Buffer.byteLength(says) + 1;
  response.writeHead(http, { 'Content-Type': type, 'Content-Length': length, Connection: 'close' });
  response.write(`${says}\n`);
  if (req.complete) return void response.end();
  const late = setTimeout(() => response.end(), refusalTimeoutMs).unref();
  req.resume().once('end', () => {
    clearTimeout(late);
    response.end();
  });
}
