import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { announcement } from '../../src/sandbox/announcement.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';

test('a sandbox that ends takes back what it told of itself, and nothing that another one told since', async () => {
  const data = await mkdtemp(join(tmpdir(), 'accord-announced-'));
  const start = (): Promise<Server> =>
    startServer(readConfig({ port: '0', data, 'log-level': 'silent', sandbox: true }, {}));
  const told = (): Promise<string | undefined> => readFile(announcement(data), 'utf8').catch(() => undefined);
  const first = await start();
  const second = await start();
  try {
    await first.close();
    assert.equal((JSON.parse((await told()) ?? '{}') as { url?: string }).url, second.url);
  } finally {
    await second.close();
  }
  try {
    assert.equal(await told(), undefined);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
