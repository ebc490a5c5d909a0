import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export const accord = join(import.meta.dirname, '../../src/cli/start.js');

export interface Ended {
  /** Or the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  out(): string;
  err(): string;
}

export type Environment = Readonly<Record<string, string>>;

/** Starts a program with nothing in its environment but a PATH and the variables given, and the input given on stdin. */
export function start(
  program: string,
  args: readonly string[],
  environment: Environment = {},
  input?: string,
): Running {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {}).end(input);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? signal, out, err }));
  });
  return { child, ended, out: () => out, err: () => err };
}

export const run = (
  program: string,
  args: readonly string[],
  environment: Environment = {},
): Promise<Ended> => start(program, args, environment).ended;

export const runAccord = (...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, [accord, ...args]);

/** Starts a command that listens, with `--port 0 --json`, and waits for its port. */
export async function startAccord(...args: readonly string[]): Promise<Running & { readonly port: number }> {
  const running = start(process.execPath, [accord, ...args, '--port', '0', '--json']);
  const port = await new Promise<number>((resolve, reject) => {
    running.child.stdout?.on('data', () => {
      const found = /"port":\s*(\d+)/.exec(running.out());
      if (found) resolve(Number(found[1]));
    });
    running.ended.then(({ code, err }) => reject(new Error(`it ended with ${code}: ${err}`)), reject);
  });
  return { ...running, port };
}

/** Ends a program as an operator would, and returns how it ended. */
export function end({ child, ended }: Running): Promise<Ended> {
  child.kill('SIGTERM');
  return ended;
}

/** Why a test that needs a program cannot run here; `false` when it can. In CI `needed` programs have to be there. */
export async function skipWithout(program: string, needed = false): Promise<string | false> {
  if (needed && process.env.CI !== undefined) return false;
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return false;
  }
  return `no ${program} on this machine`;
}
