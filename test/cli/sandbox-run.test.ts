import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../src/runs/report/report.ts';
import type { Ended } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { runInProcess } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlToken } from '../sandbox/control.ts';

describe('accord sandbox run, and report', () => {
  let world: TestWorld;
  let tenant: Tenant;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-run-'));
    world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
    await rm(folder, { recursive: true });
  });

  const accord = (...words: readonly string[]): Promise<Ended> => {
    const url = ['--url', `http://127.0.0.1:${world.server.port}`];
    return runInProcess(['sandbox', ...words, ...url, '--deployment', tenant.deployment.name], {
      environment: { ACCORD_SANDBOX_TOKEN: controlToken },
    });
  };

  test('from the start to the report, in the sandbox and from a file', async () => {
    assert.match(
      (await accord('report')).err,
      /^accord: there is no run in this deployment: start one first$/m,
    );
    assert.equal((await accord('run', 'start', 'nightly')).out, 'Run nightly is on.\n');
    for (let i = 0; i < 2; i++) await tenant.get('/api/v0/monkeys');
    await tenant.get('/api/v0/companies?_limit=101');
    const shown = (await accord('run', 'show')).out.trimEnd().split('\n');
    assert.equal(shown.length, 4);
    assert.match(shown[1] ?? '', /^1 .* GET \/api\/v0\/monkeys +400 +invalid_request +resource\.unknown /);
    assert.equal((await accord('run', 'end')).out, 'Run nightly has ended, 3 exchanges.\n');
    assert.match((await accord('run', 'list')).out, /^nightly +ended +3 +0$/m);
    const text = await accord('report', 'nightly');
    assert.equal(text.code, 0);
    assert.match(text.out, /^warning {2}repeated-after-refusal {2}\(invalid_request\)$/m);
    const json = JSON.parse((await accord('report', '--format', 'json')).out) as Report;
    const file = join(folder, 'nightly.ndjson');
    await writeFile(file, (await accord('run', 'show', 'nightly', '--lines')).out);
    const later = JSON.parse((await accord('report', '--from', file, '--json')).out) as Report;
    assert.deepEqual(later, json);
    assert.equal((await accord('report', '--fail-on', 'warning')).code, 1);
    assert.equal((await accord('report', '--fail-on', 'error')).code, 0);
    assert.equal((await accord('report', '--format', 'pdf')).code, 2);
    assert.equal((await accord('report', '--fail-on', 'all')).code, 2);
    assert.equal((await accord('run', 'remove', 'nightly')).out, 'Run nightly was removed.\n');
    assert.deepEqual(JSON.parse((await accord('run', 'list', '--json')).out), []);
  });
});
