import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Order, Outcome } from './worker.ts';

/** Nothing listens there: what runs on every engine runs on SQLite alone. */
export const sqliteAlone = { CI: '', ACCORD_TEST_POSTGRES: 'postgres://postgres@127.0.0.1:1/none' };

/** One process that runs tests in a copy of the tree, started anew when it hangs. */
export class Hand {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  /** Runs since it was started; 0 when it is not running. */
  runs = 0;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#environment = environment;
  }

  async run(order: Order, inAllMs: number): Promise<Outcome> {
    const child = this.#child ?? (await this.#start());
    this.runs++;
    return new Promise((resolve) => {
      const done = (outcome: Outcome): void => {
        clearTimeout(timer);
        child.off('message', done).off('exit', onExit);
        resolve(outcome);
      };
      const lost = (why: string, isTimeout: boolean): void => {
        this.end();
        done({ passed: false, id: `${order.file}#root`, why, isTimeout, isDirty: true, ran: [], atLoad: [] });
      };
      const onExit = (): void => lost('the process ended', false);
      // A loop without end in one turn of the event loop leaves the child no time to notice.
      const timer = setTimeout(() => lost('the process hung', true), inAllMs);
      child.once('message', done).once('exit', onExit);
      child.send(order);
    });
  }

  async #start(): Promise<ChildProcess> {
    const here = join(this.#folder, 'test', 'mutation');
    const child = fork(join(here, 'worker.ts'), [], {
      cwd: this.#folder,
      execArgv: ['--import', join(here, 'hook.ts'), '--no-warnings'],
      env: {
        ...process.env,
        ...this.#environment,
        TMPDIR: this.#folder,
        NODE_COMPILE_CACHE: join(this.#folder, '.cache'),
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', () => reject(new Error('a worker could not be started')));
    });
    child.removeAllListeners('exit');
    return child;
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.runs = 0;
  }
}
