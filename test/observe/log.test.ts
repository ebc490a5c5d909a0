import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LogEntry } from '../../src/observe/entry.ts';
import { createLog, type LogLevel } from '../../src/observe/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'accord-log-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const entry: LogEntry = {
  id: 'r1',
  at: 1_490_000_000_000,
  method: 'GET',
  path: '/api/v0/companies',
  http: 200,
  status: 'ok',
  stage: 'status',
  address: '203.0.113.5',
  ms: 1.25,
};

async function written(level: LogLevel, say: (log: ReturnType<typeof createLog>) => void) {
  const destination = join(folder, `${files++}.log`);
  const log = createLog({ level, destination });
  say(log);
  await log.close();
  return readFileSync(destination, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a request is one line of JSON with what was noted of it', async () => {
  const [line, ...more] = await written('info', (log) => log.request(false, JSON.stringify(entry)));
  assert.deepEqual(more, []);
  const { time, ...rest } = line ?? {};
  assert.ok(typeof time === 'number' && Math.abs(Date.now() - time) < 60_000);
  assert.deepEqual(rest, { level: 30, msg: 'request', ...entry });
});

test('what a caller sent cannot make a second line', async () => {
  const path = '/api/v0/\n{"level":50,"msg":"forged"}\u2028';
  const lines = await written('info', (log) => log.request(false, JSON.stringify({ ...entry, path })));
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.path, path);
});

test('each level says what it should, and nothing below', async () => {
  const say = (log: ReturnType<typeof createLog>): void => {
    log.request(false, JSON.stringify(entry));
    log.request(true, JSON.stringify({ ...entry, id: 'r2', http: 500, status: 'server_error' }));
    for (const level of ['error', 'warn', 'info', 'debug'] as const) log.note(level, level, { n: 1 });
  };
  const said = async (level: LogLevel) => (await written(level, say)).map(({ id, msg }) => id ?? msg);
  assert.deepEqual(await said('silent'), []);
  assert.deepEqual(await said('error'), ['r2', 'error']);
  assert.deepEqual(await said('warn'), ['r2', 'error', 'warn']);
  assert.deepEqual(await said('info'), ['r1', 'r2', 'error', 'warn', 'info']);
  assert.deepEqual(await said('debug'), ['r1', 'r2', 'error', 'warn', 'info', 'debug']);
});

test('all that was said is there after the close, in order', async () => {
  const lines = await written('info', (log) => {
    for (let n = 0; n < 5_000; n++) log.note('info', 'x'.repeat(n % 200), { n });
  });
  assert.deepEqual(
    lines.map(({ n }) => n),
    Array.from({ length: 5_000 }, (_, n) => n),
  );
});

test('what is said after the close is nowhere, and hurts nobody', async () => {
  const destination = join(folder, 'closed.log');
  const log = createLog({ level: 'info', destination });
  log.note('info', 'before');
  await log.close();
  log.note('error', 'after');
  log.request(false, JSON.stringify(entry));
  await log.close();
  assert.equal(readFileSync(destination, 'utf8').split('\n').length, 2);
});

test('lines are written in batches: nothing waits for the disk', async () => {
  const destination = join(folder, 'batch.log');
  const log = createLog({ level: 'info', destination });
  log.note('info', 'one');
  await new Promise((resume) => setTimeout(resume, 50));
  assert.equal(readFileSync(destination, 'utf8'), '', 'not yet');
  await new Promise((resume) => setTimeout(resume, 700));
  assert.match(readFileSync(destination, 'utf8'), /"one"/, 'and yet without a close');
  await log.close();
});

/** A process that logs to where it cannot, and says at the end that it lived. */
const logging = (destination: string, then: string): string => `
  import { createLog } from '${new URL('../../src/observe/log.ts', import.meta.url).href}';
  const log = createLog({ level: 'info', destination: ${destination} });
  for (let i = 0; i < 200; i++) log.note('info', 'x'.repeat(1000));
  await new Promise((resume) => setTimeout(resume, 100));
  for (let i = 0; i < 20_000; i++) log.note('info', 'x'.repeat(1000));
  ${then}
  process.stderr.write('lived');
`;

async function outcome(script: string, close: boolean): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (close) child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data;
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

test('a full disk costs the lines, not the process, and no memory', { timeout: 20_000 }, async () => {
  const memory = `
    await new Promise((resume) => setTimeout(resume, 100));
    if (process.memoryUsage.rss() > 250e6) process.stderr.write('memory ' + process.memoryUsage.rss());
    await log.close();`;
  assert.deepEqual(await outcome(logging(`'/dev/full'`, memory), false), { code: 0, said: 'lived' });
});

test('a reader that went away costs the lines, not the process', { timeout: 20_000 }, async () => {
  assert.deepEqual(await outcome(logging('1', 'await log.close();'), true), { code: 0, said: 'lived' });
});
