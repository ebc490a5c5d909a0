import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import { companies } from '../../client/src/resources/companies.ts';
import type { SandboxDeployment } from '../../src/testing/handle.ts';
import { startSandbox } from '../../src/testing/start-sandbox.ts';

/** Connections that end in the middle, for real: the faults of a sandbox. */
let sandbox: SandboxDeployment;
before(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.control('DELETE', 'deployments/planet-express/faults'));
after(() => sandbox.close());

const fault = (given: object): Promise<unknown> =>
  sandbox.control('POST', 'deployments/planet-express/faults', given as Record<string, unknown>);

/** A client that has been answered, and the methods that it has sent since. */
async function known() {
  const sent: string[] = [];
  const client = createClient({
    baseUrl: sandbox.baseUrl,
    auth: { token: sandbox.token },
    resources: { companies },
    wait: async () => {},
    fetch: (input, init) => {
      sent.push(init?.method ?? 'GET');
      return fetch(input, init);
    },
  });
  assert.ok((await client.companies.count()).ok);
  sent.length = 0;
  return { client, sent };
}

for (const what of [{ cut: true }, { truncate: 20 }]) {
  const how = JSON.stringify(what);
  test(`a read is tried again after ${how}`, async () => {
    const { client, sent } = await known();
    await fault({ ...what, on: 'GET *', times: 2 });
    assert.ok((await client.companies.list()).ok);
    assert.deepEqual(sent, ['GET', 'GET', 'GET']);
  });

  test(`a create is tried again after ${how}, and done once`, async () => {
    const { client, sent } = await known();
    await fault({ ...what, on: 'POST /companies', times: 1 });
    const website = `once.${Object.keys(what)}.example`;
    const made = await client.companies.create({ name: `Once ${how}`, website });
    assert.ok(made.ok, made.verdict.message);
    assert.deepEqual(sent, ['POST', 'POST']);
    const found = await client.companies.count({ filters: { website } });
    assert.ok(found.ok);
    assert.equal(found.response, 1);
  });

  test(`not for ever after ${how}, nor when it was said not to`, async () => {
    const { client, sent } = await known();
    await fault({ ...what, on: 'GET *' });
    await assert.rejects(async () => client.companies.list());
    assert.equal(sent.length, 5);
    let asked = 0;
    const once = createClient({
      baseUrl: sandbox.baseUrl,
      auth: { token: sandbox.token },
      retries: false,
      fetch: (input, init) => {
        asked++;
        return fetch(input, init);
      },
    });
    await assert.rejects(once.call({ path: 'companies' }));
    assert.equal(asked, 1);
  });
}

test('where nobody has answered yet, a mistaken address is told at once', async () => {
  let asked = 0;
  const client = createClient({
    baseUrl: 'http://127.0.0.1:9',
    auth: { token: 't' },
    fetch: (input, init) => {
      asked++;
      return fetch(input, init);
    },
  });
  await assert.rejects(client.call({ path: 'companies' }));
  assert.equal(asked, 1);
});

test('an outage: reads go on when it is over, creates are done once', async () => {
  const { client, sent } = await known();
  await fault({ cause: 'store.unreachable', times: 2 });
  assert.ok((await client.companies.list()).ok);
  await fault({ cause: 'store.unreachable', times: 1 });
  assert.ok((await client.companies.create({ name: 'after the outage' })).ok);
  assert.deepEqual(sent, ['GET', 'GET', 'GET', 'POST', 'POST']);
});

test('an outage of the token endpoint', async () => {
  const { clientId, secret: clientSecret } = sandbox.applications.service;
  const auth = { grant: 'client_credentials', clientId, clientSecret, scope: 'read(all)' } as const;
  await fault({ cause: 'store.unreachable', on: '/oauth2/token', times: 1 });
  const client = createClient({ baseUrl: sandbox.baseUrl, auth, wait: async () => {} });
  assert.ok((await client.call({ path: 'companies' })).ok);
});
