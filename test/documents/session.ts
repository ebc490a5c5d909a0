import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../harness/commands.ts';
import { root } from './blocks.ts';

/** A shell in which the commands of the documents are run as a reader would: folder and variables last from one to the next. */
export interface Session {
  /** A clean checkout after `npm ci`: the modules are those of this one. */
  readonly checkout: string;
  /** Back to the checkout, with no variables but the first ones. */
  begin(): Promise<void>;
  /** What it printed, stdout and stderr. Rejects with it when the command fails. */
  run(command: string): Promise<string>;
  /** Starts what goes on running, in the place of the one before; resolves once it says what it is to say. */
  stay(command: string, says: RegExp): Promise<void>;
  close(): Promise<void>;
}

/** Seconds for a command. */
const patience = 90;

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
    // That of a reader, whose Node may be an old one: npm puts the Node of these tests before it.
    PATH: (process.env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => !folder.includes('node_modules'))
      .join(delimiter),
    HOME: home,
    RUNNER_TEMP: home,
    ...variables,
  };
  // `accord` is the command of the checkout, without npm, which takes half of the time.
  const script = (command: string): string => `
cd '${checkout}'
[ -f '${state}' ] && . '${state}' && cd "$FOLDER"
accord() { ( cd '${checkout}' && '${process.execPath}' src/cli/start.js "$@" ); }
set -ea
${command}
FOLDER=$PWD
export -p > '${state}'`;
  let staying: { readonly pid: number; readonly ended: Promise<void>; over: boolean } | undefined;

  async function endStaying(): Promise<void> {
    const before = staying;
    staying = undefined;
    if (before === undefined) return;
    // The shell, and what it started.
    if (!before.over) process.kill(-before.pid, 'SIGTERM');
    await before.ended;
  }

  return {
    checkout,
    begin: () => rm(state, { force: true }),
    run: async (command) => {
      // What does not end by itself is no command of this kind.
      const words = ['--kill-after=5', String(patience), 'sh', '-c', script(command)];
      const { code, out, err } = await run('timeout', words, environment);
      if (code !== 0) throw new Error(`${command}\nended with ${code}: ${out}${err}`);
      return out + err;
    },
    stay: async (command, says) => {
      await endStaying();
      const child = spawn('sh', ['-c', script(command)], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      const started = { pid: child.pid as number, ended, over: false };
      child.once('exit', () => (started.over = true));
      staying = started;
      await new Promise<void>((resolve, reject) => {
        let said = '';
        const hear = (text: Buffer): void => {
          said += String(text);
          if (says.test(said)) resolve();
        };
        child.stdout.on('data', hear);
        child.stderr.on('data', hear);
        child.once('close', (code) => reject(new Error(`${command}\nended with ${code}: ${said}`)));
      });
    },
    close: async () => {
      await endStaying();
      await rm(home, { recursive: true, force: true });
    },
  };
}
