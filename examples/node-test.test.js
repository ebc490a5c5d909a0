import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from 'accord/sandbox';

let sandbox;
before(async () => {
  sandbox = await startSandbox({ load: { companies: [{ name: 'MomCorp' }] } });
});
after(() => sandbox.close());

const send = ({ baseUrl, token }, path, form) =>
  fetch(`${baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });

test('what a test writes stays in its fork', async () => {
  await using fork = await sandbox.fork();
  assert.equal((await send(fork, '/companies', { name: 'Planet Express' })).status, 200);
  const found = await (await send(sandbox, '/companies?_search=Planet%20Express')).json();
  assert.deepEqual(found.response, []);
});

test('a token expires after a year', async () => {
  await using fork = await sandbox.fork();
  await fork.clock.advance(366 * 86_400);
  const answer = await send(fork, '/companies');
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('x-status-cause'), 'token.expired');
});
