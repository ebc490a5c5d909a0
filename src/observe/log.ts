import { pino } from 'pino';
import type { Entry } from './request-log.ts';

export type Level = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  /** What is kept of the request: no query, no body, no secret. */
  request(entry: Entry): void;
  note(
    level: Exclude<Level, 'silent'>,
    message: string,
    fields?: Readonly<Record<string, string | number>>,
  ): void;
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** JSON lines by pino, written in batches off the hot path. */
export function createLog({
  level,
  destination = 1,
}: {
  readonly level: Level;
  readonly destination?: number | string;
}): Log {
  const stream = pino.destination({ dest: destination, sync: false, minLength: 4_096 });
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.epochTime }, stream);
  const flushing = setInterval(() => stream.flush(), 500);
  flushing.unref();
  const quiet = level === 'silent' || level === 'warn' || level === 'error';
  return Object.freeze<Log>({
    request: (entry) => {
      if (entry.status === 'server_error') log.error(entry, 'request');
      else if (!quiet) log.info(entry, 'request');
    },
    note: (noteLevel, message, fields = {}) => log[noteLevel](fields, message),
    close: () =>
      new Promise((done) => {
        clearInterval(flushing);
        log.flush(() => done());
      }),
  });
}
