import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Message, Result } from './messages.ts';

/** A file in which nothing has started or ended for so long has stopped: no single test takes as long, however busy the machine is. */
const silenceMs = 300_000;

/** What has run is held by `node:test` until the process ends. */
const memoryBytesMax = 2 ** 30;

export interface FileResult {
  readonly results: readonly Result[];
  /** What the tests have written. */
  readonly output: string;
  readonly ms: number;
  /** Whether the process can run another file: it has not ended, and has not grown too large. */
  readonly isFit: boolean;
}

/** A process that runs `worker.ts`, with those that its tests start: one group, which is killed as one. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #output = '';

  constructor() {
    const reporter = pathToFileURL(join(import.meta.dirname, 'send-events.ts')).href;
    const args = [`--test-reporter=${reporter}`, join(import.meta.dirname, 'worker.ts')];
    this.#child = spawn(process.execPath, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    // Not 'close': a program that outlives its test holds the pipes open.
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => String(signal ?? `code ${code}`));
  }

  /** Runs the tests of a file. Whatever becomes of the process, it resolves. */
  async run(file: string): Promise<FileResult> {
    const began = performance.now();
    const results: Result[] = [];
    let running: readonly string[] = [];
    const fail = (text: string, names = running): void =>
      void results.push({ type: 'result', outcome: 'failed', names, ms: performance.now() - began, text });
    const whole = Promise.withResolvers<'fit' | 'worn' | 'silent'>();
    let silence: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        fail(`nothing has started or ended for ${silenceMs / 1_000} s`);
        whole.resolve('silent');
      }, silenceMs);
    };
    const listen = (message: Message): void => {
      wait();
      if (message.type === 'started') running = message.names;
      else if (message.type === 'result') results.push(message);
      else if (message.type === 'note') this.#output += `${message.text}\n`;
      else if (message.type === 'stray') fail(message.text, ['an error that no test awaits', ...running]);
      else whole.resolve(message.memoryBytes < memoryBytesMax ? 'fit' : 'worn');
    };
    this.#child.on('message', listen);
    wait();
    this.#child.send(file, () => {});
    const how = await Promise.race([whole.promise, this.#ended.then(() => 'over' as const)]);
    clearTimeout(silence);
    this.#child.off('message', listen);
    if (how === 'over') fail(`the process ended with ${await this.#ended}`);
    if (how === 'silent') this.kill();
    const output = this.#output;
    this.#output = '';
    return { results, output, ms: performance.now() - began, isFit: how === 'fit' };
  }

  /** Lets it end, as it does when nothing is left open. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const late = setTimeout(() => this.kill(), 10_000);
    await this.#ended;
    clearTimeout(late);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  kill(): void {
    try {
      process.kill(-Number(this.#child.pid), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}
