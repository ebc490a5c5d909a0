import { startSandbox } from 'accord/sandbox';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

let sandbox;
let fork;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  fork = await sandbox.fork();
});
afterEach(() => fork.close());

const ask = (path, form) =>
  fetch(`${fork.baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${fork.token}` },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });

test.for(['one', 'two'])('test %s begins with the same data', async () => {
  const { response } = await (await ask('/companies/count')).json();
  expect(response.count).toBe('10');
  expect((await ask('/companies', { name: 'Planet Express' })).status).toBe(200);
});
