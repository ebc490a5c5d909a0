import { connect, type Socket } from 'node:net';
import { localLookup } from '../http/hosts.ts';
import type { Destination } from './destination.ts';
import { refuseConnection } from './refusal.ts';

/** Milliseconds without traffic after which a tunnel counts as idle while the proxy closes. */
const idleWhileClosingMs = 1_000;

export interface PassThrough {
  /** Answers a CONNECT with a connection to its destination, byte for byte. `over` is called with whether that was reached. */
  open(socket: Socket, destination: Destination, over: (reached: boolean) => void): void;
  /** Tunnels end once they are idle. */
  drain(): void;
  cut(): void;
}

/** `silence`: milliseconds without traffic in either direction after which a tunnel ends. */
export function createPassThrough(silence: number): PassThrough {
  const ends = new Set<Socket>();
  let draining = false;

  function open(socket: Socket, { host, port }: Destination, over: (reached: boolean) => void): void {
    const onward = connect({ host, port, allowHalfOpen: true, noDelay: true, ...localLookup(host) });
    let reached = false;
    const both = [socket, onward];
    const destroy = (): void => {
      for (const end of both) end.destroy();
    };
    for (const end of both) {
      ends.add(end);
      // What is read of one end is written to the other, so both see every byte.
      end.setTimeout(draining ? idleWhileClosingMs : silence, destroy);
      end.once('close', (failed: boolean) => {
        ends.delete(end);
        if (failed && reached) destroy();
      });
    }
    // A client that leaves before the other side is reached leaves nothing behind.
    socket.once('close', () => {
      if (!reached) onward.destroy();
      over(reached);
    });
    socket.on('error', destroy);
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (reached) destroy();
      else refuseConnection(socket, 502, `${host}:${port} cannot be reached (${error.code}).`);
    });
    onward.once('connect', () => {
      reached = true;
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  }

  return {
    open,
    drain() {
      draining = true;
      for (const end of ends) end.setTimeout(idleWhileClosingMs);
    },
    cut() {
      for (const end of ends) end.destroy();
    },
  };
}
