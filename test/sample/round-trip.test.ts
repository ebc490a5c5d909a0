import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { readConfig } from '../../src/server/config.ts';
import { startServer } from '../../src/server/server.ts';

const start = join(import.meta.dirname, '../../src/cli/start.js');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-round-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What a command prints that is run in the folder. */
const accord = async (...args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env.PATH };
  const { stdout } = await promisify(execFile)(process.execPath, [start, ...args], {
    ...{ cwd: folder, env, maxBuffer: 2 ** 28 },
  });
  return stdout;
};

const serve = (data: string) =>
  startServer(readConfig({ data, port: '0', 'log-level': 'silent', 'admin-listen': 'none' }, {}));

/** The SHA-256 that each file is said to have, and what it holds. */
async function downloads(data: string, token: string): Promise<readonly string[]> {
  const server = await serve(data);
  try {
    await server.world.store.ready;
    const told: string[] = [];
    for (const id of [1_001, 1_002, 1_003, 1_004]) {
      const url = `http://127.0.0.1:${server.port}/api/v0/resources/${id}/download`;
      const headers = { Authorization: `Bearer ${token}`, Host: 'planet-express.api.localhost' };
      told.push(
        await new Promise<string>((resolve, reject) => {
          const asked = request(url, { headers }, (reply) => {
            const chunks: Buffer[] = [];
            reply.on('data', (chunk: Buffer) => chunks.push(chunk));
            reply.on('end', () => resolve(`${reply.statusCode} ${Buffer.concat(chunks).toString('base64')}`));
          });
          asked.on('error', reject).end();
        }),
      );
    }
    return told;
  } finally {
    await server.close();
  }
}

test('a dump of the sample, loaded into an empty deployment, is the sample', async () => {
  const from = await serve(join(folder, 'from'));
  await from.world.store.ready;
  await writeSample(from, { now: from.world.clock(0), companies: 12, told: () => {} });
  await from.close();
  const first = await accord('dump', '--data', 'from', '--with-secrets', '--files', 'contents');
  await writeFile(join(folder, 'dump.json'), first);

  await accord('deployment', 'create', sample.deployment, '--data', 'to');
  const loaded = JSON.parse(await accord('load', 'dump.json', '--data', 'to', '--json')) as { total: number };
  assert.ok(loaded.total > 1_000, `${loaded.total} objects`);
  assert.equal(
    await accord('dump', '--data', 'to', '--with-secrets', '--files', 'again'),
    first.replaceAll('contents/', 'again/'),
  );

  const application = [
    'application',
    'create',
    '--data',
    'to',
    '--type',
    'service',
    '--name',
    'x',
    '--staff',
    'hermes',
  ];
  const { client_id } = JSON.parse(await accord(...application, '--json')) as { client_id: string };
  const issue = ['token', 'issue', '--data', 'to', '--application', client_id, '--json'];
  const { access_token } = JSON.parse(await accord(...issue)) as { access_token: string };
  const there = await downloads(join(folder, 'from'), sample.token);
  assert.ok(
    there.every((each) => each.startsWith('200 ')),
    there.join('\n'),
  );
  assert.deepEqual(await downloads(join(folder, 'to'), access_token), there);
});
