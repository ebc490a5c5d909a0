import { styleText } from 'node:util';
import { type PrintedCell, visible } from '../contract/visible.ts';
import type { exchange } from '../http/exchange.ts';

type Style = Parameters<typeof styleText>[0];

export interface TerminalInput extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface TerminalOutput extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command needs of the machine. It is handed in, so that a test calls a command without a process. */
export interface Surroundings {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  readonly environment: Environment;
  /** Sends one HTTP request. */
  readonly exchange: typeof exchange;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls the listener at each SIGINT and SIGTERM, which then end nothing by themselves, until the returned function is called. */
  readonly onSignal: (listener: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/** The surroundings of one command, and how it prints. Results go to stdout, remarks to stderr, so that results can be piped. */
export class Terminal {
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  readonly environment: Environment;
  readonly exchange: typeof exchange;
  readonly now: () => number;
  readonly onSignal: Surroundings['onSignal'];
  readonly exit: (code: number) => never;
  /** Of a command that ends without an error. */
  exitCode = 0;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.stdout = surroundings.stdout;
    this.stderr = surroundings.stderr;
    this.environment = surroundings.environment;
    this.exchange = surroundings.exchange;
    this.now = surroundings.now;
    this.onSignal = surroundings.onSignal;
    this.exit = surroundings.exit;
  }

  /** Opened when it is first read: most commands never do. */
  get stdin(): TerminalInput {
    return this.#surroundings.stdin;
  }

  /** The clock in unix seconds. */
  nowSeconds(): number {
    return Math.floor(this.now() / 1_000);
  }

  print(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  remark(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** Columns as wide as their widest cell, two spaces apart. A stored value may hold anything, so control characters are replaced. */
  printTable(headings: readonly string[], rows: readonly (readonly PrintedCell[])[]): void {
    const cells = rows.map((row) => row.map((cell) => visible(cell)));
    const widths = headings.map((heading, i) =>
      Math.max(heading.length, ...cells.map((row) => [...(row[i] ?? '')].length)),
    );
    const line = (row: readonly string[]): string =>
      row
        .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length)))
        .join('  ')
        .trimEnd();
    this.print([this.paint('bold', line(headings)), ...cells.map(line)].join('\n'));
  }

  /** Coloured on a terminal only, and not with NO_COLOR. */
  paint(style: Style, text: string, stream: TerminalOutput = this.stdout): string {
    return styleText(style, text, { stream: stream as NodeJS.WriteStream, validateStream: true });
  }
}

export const processTerminal = (): Terminal =>
  new Terminal({
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    exchange: async (request) => (await import('../http/exchange.ts')).exchange(request),
    now: Date.now,
    onSignal: (listener) => {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    exit: process.exit,
  });

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Unix seconds as people read them, in UTC. */
export const utcText = (seconds: number | null): string =>
  seconds === null ? '-' : new Date(seconds * 1_000).toISOString().replace('T', ' ').replace('.000Z', 'Z');
