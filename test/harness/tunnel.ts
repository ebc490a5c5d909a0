import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';

/** Asks a proxy on this machine for a tunnel. What it answered, and the connection, which is a tunnel if that was 200. */
export function ask(
  port: number,
  authority: string,
): Promise<{ http: number; socket: Socket; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method: 'CONNECT', path: authority, agent: false });
    asked.on('error', reject).on('connect', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => {});
      const http = answer.statusCode ?? 0;
      if (http === 200) return resolve({ http, socket, text: '' });
      let text = head.toString();
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.once('close', () => resolve({ http, socket, text }));
    });
    asked.end();
  });
}

/** A connection by TLS through the proxy to a host. */
export async function secure(port: number, host: string, ca: string | Buffer): Promise<TLSSocket> {
  const { http, socket } = await ask(port, `${host}:443`);
  if (http !== 200) throw new Error(`the tunnel was refused with ${http}`);
  const inside = connectSecurely({ socket, servername: host, ca, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(inside, 'secureConnect');
  inside.on('error', () => {});
  return inside;
}

export async function plain(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

/** Everything that is said until the other side ends; `cut` when it does so by force. */
export async function heard(socket: Socket): Promise<{ text: string; cut: boolean }> {
  let text = '';
  let cut = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {
    cut = true;
  });
  socket.resume();
  if (!socket.destroyed && !socket.readableEnded)
    await new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()));
  socket.destroy();
  return { text, cut };
}

/** What is said until a text comes up. */
export function until(socket: Socket, sign: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!text.includes(sign)) return;
      socket.off('data', listen);
      socket.pause();
      resolve(text);
    };
    socket.on('data', listen).once('close', () => reject(new Error(`it closed after: ${text}`)));
    socket.resume();
  });
}
