import type { Progress } from '../transfer/progress.ts';
import type { Terminal } from './terminal.ts';

const silent: Progress = Object.freeze({ step: () => {}, begin: () => {}, end: () => {} });

/** Counts on stderr: at a terminal, or where it is forced. */
export function createProgress({ stderr }: Terminal, forced: boolean | undefined): Progress {
  if (!stderr.isTTY && !forced) return silent;
  const intervalMs = stderr.isTTY ? 100 : 2_000;
  let what = '';
  let total: number | undefined;
  let done = 0;
  let shownAt = 0;
  const show = (): void => {
    shownAt = performance.now();
    const text = total === undefined ? `${what} ${done}` : `${what} ${done} of ${total}`;
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  return Object.freeze<Progress>({
    begin: (next, count) => {
      what = next;
      total = count;
      done = 0;
      show();
    },
    step: () => {
      done++;
      if (done === total || (done % 100 === 0 && performance.now() - shownAt > intervalMs)) show();
    },
    end: () => {
      if (stderr.isTTY) stderr.write('\r\x1b[K');
    },
  });
}
