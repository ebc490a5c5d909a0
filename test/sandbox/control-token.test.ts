import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { sqlite } from '../harness/engines.ts';
import { bearer, form } from '../harness/forms.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlToken } from './control.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../src/testing/start-sandbox.ts')).href;

test('the token of a sandbox is neither logged nor recorded, wherever it is sent', async () => {
  const code = `
    import { startSandbox } from '${module}';
    import { readFileSync } from 'node:fs';
    const sandbox = await startSandbox({ settings: { 'log-level': 'debug', data: process.env.DATA } });
    const { token } = JSON.parse(readFileSync(process.env.DATA + '/sandbox.json', 'utf8'));
    await sandbox.control('POST', 'deployments/planet-express/runs', { name: 'all' });
    for (const [path, options] of [
      ['/api/v0/companies', { headers: { Authorization: 'Bearer ' + token } }],
      ['/api/v0/companies?_bearer_token=' + token, {}],
      ['/api/v0/companies/' + token, { headers: { Authorization: 'Bearer ' + token } }],
      ['/oauth2/v0/token', { method: 'POST', body: new URLSearchParams({ client_id: 'x', client_secret: token }) }],
      ['/oauth2/v0/revoke', { method: 'POST', body: new URLSearchParams({ token }) }],
      ['/sandbox/v0/nowhere', { headers: { Authorization: 'Bearer ' + token } }],
      ['/sandbox/v0/forks', { headers: { Authorization: 'Basic ' + btoa(':' + token) } }],
      ['/sandbox/v0/deployments/planet-express/clock', { method: 'POST', body: '{', headers: { Authorization: 'Bearer ' + token, 'Content-Type': 'application/json' } }],
    ]) await fetch(sandbox.url + path, options).then((reply) => reply.text());
    console.log(await sandbox.control('GET', 'deployments/planet-express/runs/all'));
    await sandbox.close();
    console.error(token);`;
  const database = await sqlite.create();
  try {
    const env = { PATH: process.env.PATH ?? '', DATA: database.data };
    const args = ['--input-type=module', '-e', code];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    const token = stderr.trim();
    assert.match(token, /^\S{20,}$/);
    const lines = stdout.trim().split('\n');
    assert.ok(lines.length > 16, stdout);
    // The log has paths as they were sent; a run has not.
    const telling = lines.filter(
      (line) => !(line.includes('"msg":"request"') && line.includes('companies/')),
    );
    assert.deepEqual(
      telling.filter((line) => line.includes(token)),
      [],
    );
  } finally {
    await database.release();
  }
});

let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite, {
    sandbox: true,
    'sandbox-token': controlToken,
    'rate-limit': '10000000',
  });
  tenant = await world.tenant();
});
after(async () => {
  closeConnections();
  await world.close();
});

test('X-Sandbox-Fault with garbage is refused as a parameter, and the message is bounded', async () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      'name.taken',
      'field.taken',
      'cut',
      'truncate',
      'latency',
      'field',
      'detail',
      'constructor',
      '__proto__',
      ';',
      '=',
      '-1',
      '1e9',
    ),
  );
  // Begins with a cause that there is not, so that nothing after it may count.
  const header = fc
    .array(piece, { maxLength: 5 })
    .map((pieces) => `no-cause${pieces.join(';')}`.replace(/[^\x21-\x7e]/g, ' ').trim());
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/api/v0/companies', '/oauth2/v0/token'), header, async (path, sent) => {
      const reply = await tenant.send({
        method: 'POST',
        path,
        ...form({ grant_type: 'client_credentials' }, { ...bearer(tenant.token), 'X-Sandbox-Fault': sent }),
      });
      assert.equal(reply.http, 400, `${sent} → ${reply.text}`);
      assert.ok(reply.text.length < 8_000, sent);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual(
    await world.server.world.store.list(0, { table: 'incidents', columns: ['cause'], limit: 10 }),
    [],
  );
});
