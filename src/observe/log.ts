import { pino } from 'pino';

export type Level = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** What the log says of a request. Nothing else gets there: no query, no body, no secret. */
export interface RequestLine {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly http: number;
  readonly status: string;
  readonly cause: string | undefined;
  readonly ms: number;
  readonly deployment: string | undefined;
  readonly application: string | undefined;
  readonly staff: number | undefined;
  readonly address: string;
}

export interface Log {
  request(line: RequestLine): void;
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
    request: ({ ms, ...line }) => {
      if (line.status === 'server_error') log.error({ ...line, ms: Math.round(ms * 100) / 100 }, 'request');
      else if (!quiet) log.info({ ...line, ms: Math.round(ms * 100) / 100 }, 'request');
    },
    note: (noteLevel, message, fields = {}) => log[noteLevel](fields, message),
    close: () =>
      new Promise((done) => {
        clearInterval(flushing);
        log.flush(() => done());
      }),
  });
}
