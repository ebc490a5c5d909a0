// Run with: npx node --experimental-vm-modules node_modules/.bin/jest
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startSandbox } from 'accord/sandbox';

let sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: '2027-01-31T12:00:00Z', rateLimit: 2 });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.reset());

const send = (path) =>
  fetch(`${sandbox.baseUrl}${path}`, { headers: { Authorization: `Bearer ${sandbox.token}` } });

test.each(['one', 'two'])('test %s has the whole quota', async () => {
  expect((await send('/companies')).status).toBe(200);
  expect((await send('/companies')).status).toBe(200);
  expect((await send('/companies')).status).toBe(429);
  await sandbox.clock.advance(3_600);
  expect((await send('/companies')).status).toBe(200);
});
