import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Prepared } from './rows.ts';

export interface Running {
  readonly port: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number;
  /** Bytes. */
  idleRss(): number;
  stop(): Promise<void>;
}

const here = import.meta.dirname;
// Servers share one core and the generator has the other, so that neither takes the other's time.
const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

function start(script: string, args: readonly string[]): ChildProcess {
  const command = [process.execPath, script, ...args];
  const [program = '', ...rest] = pinned ? ['taskset', '-c', '0', ...command] : command;
  return spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

const running = (child: ChildProcess, port: number, startMs: number): Running => ({
  port,
  startMs,
  idleRss: () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024,
  stop: () =>
    new Promise((done) => {
      child.once('exit', () => done());
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
    }),
});

async function firstAnswer(port: number, path: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 5));
    }
  }
}

export async function startBare(
  engine: string,
  { data, databaseUrl }: Prepared,
  grouping: 'group' | 'single',
): Promise<Running> {
  const began = performance.now();
  const child = start(join(here, 'bare.ts'), [engine, databaseUrl ?? join(data, 'accord.db'), grouping]);
  const port = await new Promise<number>((resolve) =>
    child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(String(line)).port)),
  );
  await firstAnswer(port, '/api/v0/companies');
  return running(child, port, performance.now() - began);
}

/** The server as its command line starts it, with its log on. */
export async function startAccord(_: string, { data, databaseUrl }: Prepared): Promise<Running> {
  const port = await freePort();
  const began = performance.now();
  const args = [
    'serve',
    '--port',
    String(port),
    '--data',
    data,
    '--rate-limit',
    '1000000000',
    '--default-deployment',
    'bench',
  ];
  const child = start(
    join(here, '../src/cli/start.js'),
    databaseUrl ? [...args, '--database-url', databaseUrl] : args,
  );
  child.stdout?.resume();
  await firstAnswer(port, '/api/v0/companies');
  const startMs = performance.now() - began;
  await new Promise((resume) => setTimeout(resume, 1_000));
  return running(child, port, startMs);
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
