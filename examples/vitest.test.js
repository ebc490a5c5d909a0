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

const send = (path, form) =>
  fetch(`${fork.baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${fork.token}` },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });

test.for(['one', 'two'])('test %s starts with the same data', async () => {
  const { response } = await (await send('/companies/count')).json();
  expect(response.count).toBe('10');
  expect((await send('/companies', { name: 'Planet Express' })).status).toBe(200);
});
