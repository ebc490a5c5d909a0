import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { promisify } from 'node:util';
import { dropReleased, dropRun, dropRunsThatEnded } from './drop-databases.ts';

/** Runs every test (or the files named), several at a time, and ends with a line that counts them. */
const files = process.argv.length > 2 ? process.argv.slice(2) : globSync('test/**/*.test.ts').sort();

await dropRunsThatEnded();
const templates = await mkdtemp(join(tmpdir(), 'accord-templates-'));
await mkdir(join(templates, 'released'));
process.env.ACCORD_TEST_RUN = String(process.pid);
await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'make-templates.ts'), templates]);
process.env.ACCORD_TEST_TEMPLATES = templates;
const dropping = setInterval(() => void dropReleased(templates), 60_000);

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
clearInterval(dropping);
await dropRun(process.pid);
await rm(templates, { recursive: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
