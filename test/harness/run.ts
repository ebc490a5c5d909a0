import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { dropReleased, dropRun, dropRunsThatEnded } from './drop-databases.ts';
import { Report } from './report.ts';
import { inOrder } from './schedule.ts';
import { WorkerProcess } from './worker-process.ts';

/** Runs every test (or the files named), several at a time, and ends with a line that counts them. */
const named = process.argv.slice(2).map((file) => relative('.', resolve(file)));
const queue = inOrder(named.length > 0 ? named : globSync('test/**/*.test.ts'));

await dropRunsThatEnded();
const folder = await mkdtemp(join(await roomiest(), 'accord-tests-'));
await mkdir(join(folder, 'released'));
process.env.ACCORD_TEST_RUN = String(process.pid);
// What a process compiles, the next one reads: the workers and the programs that tests start.
process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'make-templates.ts'), folder]);
process.env.ACCORD_TEST_TEMPLATES = folder;
const dropping = setInterval(() => void dropReleased(folder), 60_000);

const report = new Report();
const workers = new Set<WorkerProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const worker of workers) worker.kill();
    process.exit(1);
  });

/** The folder of shared memory where it holds enough: what is synced there takes no time. A container may have 64 MB of it. */
async function roomiest(): Promise<string> {
  const memory = '/dev/shm';
  const found = await statfs(memory).catch(() => undefined);
  return found && found.bavail * found.bsize > 2 ** 32 ? memory : tmpdir();
}

/** Runs files of the queue until none is left. A process that a file has left unfit is replaced. */
async function work(): Promise<void> {
  let worker: WorkerProcess | undefined;
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (next.alone) {
      await worker?.end();
      worker = undefined;
    }
    worker ??= new WorkerProcess();
    workers.add(worker);
    const result = await worker.run(next.file);
    report.add(next.file, result);
    if (!result.isFit || next.alone) {
      await worker.end();
      workers.delete(worker);
      worker = undefined;
    }
  }
  await worker?.end();
}

// Many tests wait for a process or a database: one worker more than there are cores keeps the cores busy.
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
clearInterval(dropping);
await dropRun(process.pid);
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
report.end();
process.exitCode = report.passed ? 0 : 1;
