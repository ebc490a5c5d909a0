import { pino } from 'pino';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  /** What is kept of the request (no query, no body, no secret): an `Entry` as JSON text. `failed`: the server is at fault. */
  request(failed: boolean, json: string): void;
  note(
    level: Exclude<LogLevel, 'silent'>,
    message: string,
    fields?: Readonly<Record<string, string | number>>,
  ): void;
  /** Writes what is buffered, and takes nothing more. Whether all was written: a destination that nobody reads is given up. */
  close(): Promise<boolean>;
}

/** Bytes that may wait for a destination that is slow, full or gone; what is more is dropped. */
const waitingBytesMax = 8 * 1_024 * 1_024;
/** Characters of request lines that leave together: the stream measures all that waits in it at each line that it is given. */
const batch = 64 * 1_024;
/** Milliseconds that `close` waits for it. */
const closeWaitMs = 2_000;

/** JSON lines by pino, written in batches off the hot path. A destination that fails costs the lines, never the process. */
export function createLog({
  level,
  destination = 1,
}: {
  readonly level: LogLevel;
  readonly destination?: number | string;
}): Log {
  const stream = pino.destination({
    dest: destination,
    sync: false,
    minLength: 4_096,
    maxLength: waitingBytesMax,
  });
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.epochTime }, stream);
  let failing = false;
  let closed = false;
  // Without a listener a full disk would be an uncaught exception.
  stream.on('error', () => {
    failing = true;
  });
  stream.on('write', () => {
    failing = false;
  });
  let lines = '';
  const handOver = (): void => {
    if (lines !== '') stream.write(lines);
    lines = '';
  };
  const flushing = setInterval(() => {
    handOver();
    stream.flush();
  }, 500);
  flushing.unref();
  const quiet = level === 'silent' || level === 'warn' || level === 'error';
  return Object.freeze<Log>({
    // As pino would write it, from a text that is there already: this runs at every request.
    request: (failed, json) => {
      if (closed) return;
      if (failed ? level === 'silent' : quiet) return;
      lines += `{"level":${failed ? 50 : 30},"time":${Date.now()},${json.slice(1, -1)},"msg":"request"}\n`;
      if (failed || lines.length > batch) handOver();
    },
    note: (noteLevel, message, fields = {}) => {
      if (closed) return;
      handOver();
      log[noteLevel](fields, message);
    },
    close: () =>
      new Promise((done) => {
        if (closed) return done(true);
        closed = true;
        clearInterval(flushing);
        handOver();
        // Given up, or it would be tried again for as long as the process wants to end.
        const giveUp = (): void => {
          stream.destroy();
          done(false);
        };
        if (failing) return giveUp();
        setTimeout(() => done(false), closeWaitMs).unref();
        stream.once('error', giveUp).once('close', () => done(true));
        stream.end();
      }),
  });
}
