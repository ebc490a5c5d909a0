import { BadUsage, Failure } from '../contract/failure.ts';
import type { Terminal } from './terminal.ts';

/** A port as a flag names it. Throws `BadUsage`. */
export function portIn(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new BadUsage(`--port is "${text}": expected a whole number from 0 to 65535`);
}

/** Why a command could not listen, and what to do. */
export function listenFailure(error: NodeJS.ErrnoException, port: number | undefined, host: string): Failure {
  if (error.code === 'EADDRINUSE')
    return new Failure(`port ${port} is in use: end what listens there, or choose another with --port`);
  if (error.code === 'EACCES')
    return new Failure(`this user may not open port ${port}: choose one above 1023 with --port`);
  return new Failure(`cannot listen at ${host}: check --host (${error.message})`);
}

/** The first signal to end closes; a second one ends the process at once. */
export function endOnSignal({ onSignal, exit }: Terminal, close: () => Promise<void>): void {
  let ending = false;
  onSignal(() => {
    if (ending) exit(1);
    ending = true;
    close().then(
      () => exit(0),
      () => exit(1),
    );
  });
}
