import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs every test (or the files named), several at a time, and ends with a line that counts them. */
const files = process.argv.length > 2 ? process.argv.slice(2) : globSync('test/**/*.test.ts').sort();
// Many of them wait for a process or a database: one more than there are cores keeps the cores busy.
const stream = run({ files, concurrency: availableParallelism() + 1, timeout: 300_000 });
const counts = { passed: 0, failed: 0, skipped: 0 };

stream.on('test:pass', ({ details, skip }) => {
  if (details.type === 'suite') return;
  if (skip === undefined) counts.passed++;
  else counts.skipped++;
});
stream.on('test:fail', ({ details }) => {
  if (details.type !== 'suite') counts.failed++;
});

const reporter = new spec();
stream.compose(reporter).pipe(process.stdout, { end: false });
await finished(reporter, { writable: false });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
