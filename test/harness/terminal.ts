import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { exchange } from '../../src/http/exchange.ts';
import type { Ended, Environment } from './commands.ts';
import type { Database } from './engines.ts';

export interface Given {
  /** Standard input. */
  readonly input?: string;
  /** All variables that the command sees. */
  readonly environment?: Environment;
  /** A folder of commands other than those of `accord`. */
  readonly folder?: URL;
}

/** Runs one command line in this process. Commands that stay (serve, record, proxy) or that need a signal have to be started: see `commands.ts`. */
export async function runInProcess(words: readonly string[], given: Given = {}): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [collect(stdout), collect(stderr)];
  const terminal = new Terminal({
    stdin: Readable.from([Buffer.from(given.input ?? '')]),
    ...{ stdout, stderr, exchange },
    environment: given.environment ?? {},
    now: Date.now,
    onSignal: () => () => {},
    exit: (code) => {
      throw new Error(`the command ended the process with ${code}`);
    },
  });
  const code = await runCommandLine(words, terminal, given.folder);
  stdout.end();
  stderr.end();
  return { code, out: await out, err: await err };
}

async function collect(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** The one line that a command which failed prints. */
export function failureIn(ended: Ended, code: 1 | 2): string {
  assert.equal(ended.code, code, ended.err);
  assert.equal(ended.out, '');
  assert.match(ended.err, /^accord: [^\n]+\n$/);
  return ended.err;
}

/** What a command prints; it has to succeed. */
export async function succeed(words: readonly string[], given: Given = {}): Promise<string> {
  const { code, out, err } = await runInProcess(words, given);
  assert.equal(code, 0, err);
  return out;
}

/** The JSON that a command prints; it has to succeed. */
export const jsonOf = async <T>(words: readonly string[], given: Given = {}): Promise<T> =>
  JSON.parse(await succeed(words, given)) as T;

/** The flags of a command that name a database. */
export const flagsOf = ({ data, databaseUrl }: Database): readonly string[] => [
  ...['--data', data],
  ...(databaseUrl === undefined ? [] : ['--database-url', databaseUrl]),
];
