import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Log } from '../../src/observe/log.ts';
import { proxyNote } from '../../src/observe/proxy-note.ts';
import { startAccord } from '../harness/commands.ts';
import { closeConnections, send } from '../harness/http.ts';

test('each address is noted once, and a hundred of them at most', () => {
  const noted: string[] = [];
  const note = proxyNote({ note: (_: string, message: string) => noted.push(message) } as unknown as Log);
  note('192.0.2.1');
  note('192.0.2.1');
  assert.equal(noted.length, 1);
  assert.match(noted[0] ?? '', /^192\.0\.2\.1 sends X-Forwarded-For .* --trust-proxy 192\.0\.2\.1/);
  for (let i = 0; i < 300; i++) note(`198.51.100.${i}`);
  assert.equal(noted.length, 100);
});

test('a server behind a proxy that it does not trust says so once, and what to do', async () => {
  const data = await mkdtemp(join(tmpdir(), 'accord-test-'));
  const warnings = async (...more: string[]): Promise<number> => {
    const running = await startAccord('serve', '--data', data, '--log-level', 'warn', ...more);
    try {
      for (let i = 0; i < 3; i++) {
        const headers = { 'X-Forwarded-For': `203.0.113.${i}` };
        assert.equal((await send(running.port, 'localhost', { path: '/healthz', headers })).http, 200);
      }
    } finally {
      closeConnections();
      running.child.kill('SIGTERM');
    }
    const { out } = await running.ended;
    return [...out.matchAll(/127\.0\.0\.1 sends X-Forwarded-For and is not trusted/g)].length;
  };
  try {
    assert.equal(await warnings(), 1);
    assert.equal(await warnings('--trust-proxy', '127.0.0.1'), 0);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
