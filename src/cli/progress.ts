import type { Progress } from '../transfer/progress.ts';

const silent: Progress = Object.freeze({ step: () => {}, begin: () => {}, end: () => {} });

export function createProgress(asked: boolean | undefined): Progress {
  const { stderr } = process;
  if (!stderr.isTTY && !asked) return silent;
  const every = stderr.isTTY ? 100 : 2_000;
  let what = '';
  let total: number | undefined;
  let done = 0;
  let told = 0;
  const tell = (): void => {
    told = performance.now();
    const text = total === undefined ? `${what} ${done}` : `${what} ${done} of ${total}`;
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  return Object.freeze<Progress>({
    begin: (next, count) => {
      what = next;
      total = count;
      done = 0;
      tell();
    },
    step: () => {
      done++;
      if (done === total || (done % 100 === 0 && performance.now() - told > every)) tell();
    },
    end: () => {
      if (stderr.isTTY) stderr.write('\r\x1b[K');
    },
  });
}
