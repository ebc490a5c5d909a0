/**
 * A process that runs test files one after another, those that `run.ts` sends. Files share what is loaded: most of the time of a small file is
 * reading the sources.
 */
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Message } from './messages.ts';

const send = (message: Message): void => void process.send?.(message);

// Thrown where no test awaits it: `node:test` would name it when the process ends, many files later.
process.on('uncaughtExceptionMonitor', ({ stack }, origin) =>
  send({ type: 'stray', text: `${origin}: ${stack}` }),
);

process.on('message', (file: string) => {
  void test(file, () => import(pathToFileURL(file).href));
});
