import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../harness/commands.ts';
import { root } from './blocks.ts';

/** A shell that runs the commands of the documents as a reader would. Folder and variables stay from one command to the next. */
export interface Session {
  /** A clean checkout after `npm ci`, with the modules of this one. */
  readonly checkout: string;
  /** Goes back to the checkout, and to the variables of the start. */
  reset(): Promise<void>;
  /** Returns what the command printed, stdout and stderr. Rejects with it when the command fails. */
  run(command: string): Promise<string>;
  /** Starts a command that keeps running, and ends the one before. Resolves once it prints what `isReady` matches. */
  start(command: string, isReady: RegExp): Promise<void>;
  close(): Promise<void>;
}

const commandTimeoutSeconds = 90;

const notCopied: readonly string[] = ['node_modules', '.git', 'dist', 'data'];

export async function startSession(variables: Readonly<Record<string, string>>): Promise<Session> {
  const home = await mkdtemp(join(tmpdir(), 'accord-documents-'));
  const checkout = join(home, 'accord');
  await mkdir(checkout);
  for (const name of await readdir(root))
    if (!notCopied.includes(name))
      await cp(join(root, name), join(checkout, name), {
        recursive: true,
        filter: (path) => !path.endsWith('/client/dist'),
      });
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  const state = join(home, 'state');
  const environment = {
    // The PATH of a reader, whose Node may be old: npm puts the Node of these tests before it.
    PATH: (process.env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => !folder.includes('node_modules'))
      .join(delimiter),
    HOME: home,
    RUNNER_TEMP: home,
    ...variables,
  };
  // `accord` runs the checkout without npm, which takes half of the time.
  const script = (command: string): string => `
cd '${checkout}'
[ -f '${state}' ] && . '${state}' && cd "$FOLDER"
accord() { ( cd '${checkout}' && '${process.execPath}' src/cli/start.js "$@" ); }
set -ea
${command}
FOLDER=$PWD
export -p > '${state}'`;
  let running: { readonly pid: number; readonly ended: Promise<void>; over: boolean } | undefined;

  async function endRunning(): Promise<void> {
    const before = running;
    running = undefined;
    if (before === undefined) return;
    // The negative id ends the shell and what it started.
    if (!before.over) process.kill(-before.pid, 'SIGTERM');
    await before.ended;
  }

  return {
    checkout,
    reset: () => rm(state, { force: true }),
    run: async (command) => {
      // A command that does not end by itself fails here.
      const words = ['--kill-after=5', String(commandTimeoutSeconds), 'sh', '-c', script(command)];
      const { code, out, err } = await run('timeout', words, environment);
      if (code !== 0) throw new Error(`${command}\nended with ${code}: ${out}${err}`);
      return out + err;
    },
    start: async (command, isReady) => {
      await endRunning();
      const child = spawn('sh', ['-c', script(command)], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      const started = { pid: child.pid as number, ended, over: false };
      child.once('exit', () => (started.over = true));
      running = started;
      await new Promise<void>((resolve, reject) => {
        let printed = '';
        const collect = (text: Buffer): void => {
          printed += String(text);
          if (isReady.test(printed)) resolve();
        };
        child.stdout.on('data', collect);
        child.stderr.on('data', collect);
        child.once('close', (code) => reject(new Error(`${command}\nended with ${code}: ${printed}`)));
      });
    },
    close: async () => {
      await endRunning();
      await rm(home, { recursive: true, force: true });
    },
  };
}
