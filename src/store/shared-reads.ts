import type { Store } from './store.ts';

/** What is asked for in one turn of the event loop, while requests are being read from their sockets, is read once. `onShare`: a turn begins. */
export function createSharedReads(onShare: () => void): Pick<Store, 'share' | 'once'> {
  let turn: Map<string, Promise<unknown>> | undefined;
  return {
    // A request is read from its socket after the turn began: what was answered before it was sent is seen by all reads of the turn.
    share: () => {
      if (turn) return;
      turn = new Map();
      setImmediate(() => {
        turn = undefined;
      });
      onShare();
    },
    once: <T>(key: string, read: () => Promise<T>): Promise<T> => {
      const found = turn?.get(key) as Promise<T> | undefined;
      if (found) return found;
      const reading = read();
      turn?.set(key, reading);
      return reading;
    },
  };
}
