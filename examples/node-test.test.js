import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from 'accord/sandbox';

let sandbox;
before(async () => {
  sandbox = await startSandbox({ load: { companies: [{ name: 'MomCorp' }] } });
});
after(() => sandbox.close());

const ask = ({ baseUrl, token }, path, form) =>
  fetch(`${baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });

test('what a test writes stays in its fork', async () => {
  await using fork = await sandbox.fork();
  assert.equal((await ask(fork, '/companies', { name: 'Planet Express' })).status, 200);
  const again = await (await ask(sandbox, '/companies?_search=Planet%20Express')).json();
  assert.deepEqual(again.response, []);
});

test('a token expires when the clock says so', async () => {
  await using fork = await sandbox.fork();
  await fork.clock.advance(366 * 86_400);
  const late = await ask(fork, '/companies');
  assert.equal(late.status, 401);
  assert.equal(late.headers.get('x-status-cause'), 'token.expired');
});
