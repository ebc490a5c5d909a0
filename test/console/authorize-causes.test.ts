import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { endpointCauses } from '../../src/openapi/causes.ts';
import { sqlite } from '../harness/engines.ts';
import { form } from '../harness/forms.ts';
import { closeConnections, type Sending } from '../harness/http.ts';
import { signIn } from '../harness/sign-in.ts';
import { wrongCodeAt } from '../harness/totp.ts';
import { password, startWorld, type Tenant } from '../harness/world.ts';
import { codeForm, withFactor } from './second-steps.ts';

const path = '/oauth2/v0/authorize';

/** An authorization request with one thing changed; `undefined` leaves a parameter out. */
function asking(tenant: Tenant, more: Record<string, string | undefined> = {}): string {
  const { clientId } = tenant.web.application;
  const all = { response_type: 'code', client_id: clientId, ...more };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path}?${new URLSearchParams(sent)}`;
}

const wrongPasswords = 3;

/** How each cause that the OpenAPI document promises for `/authorize` happens there. */
const ways: Readonly<Record<string, (tenant: Tenant) => Sending | Promise<Sending>>> = {
  'deployment.unknown': (tenant) => ({
    path: asking(tenant),
    headers: { Host: `nobody.api.localhost:${tenant.world.server.port}` },
  }),
  'body.malformed': (tenant) => ({
    method: 'POST',
    path: asking(tenant),
    headers: { 'Content-Type': 'application/json' },
    body: '{"scope":',
  }),
  'method.unknown': (tenant) => ({ path: `${asking(tenant)}&_method=delete` }),
  'parameter.repeated': (tenant) => ({ path: `${asking(tenant)}&client_id=another` }),
  'parameter.missing': (tenant) => ({ path: asking(tenant, { response_type: undefined }) }),
  'parameter.invalid': (tenant) => ({ path: asking(tenant, { response_type: 'token' }) }),
  'client.unknown': (tenant) => ({ path: asking(tenant, { client_id: 'nobody' }) }),
  'grant_type.forbidden': (tenant) => ({
    path: asking(tenant, { client_id: tenant.service.application.clientId }),
  }),
  'scope.malformed': (tenant) => ({ path: asking(tenant, { scope: 'read' }) }),
  'scope.unknown': (tenant) => ({ path: asking(tenant, { scope: 'read(monkeys)' }) }),
  'scope.exceeded': async (tenant) => {
    await tenant.world.server.world.store.within((writing) =>
      writing.update(tenant.deployment.id, 'applications', {}, { allow_scope: 'read(companies)' }),
    );
    return { path: asking(tenant, { scope: 'read(all)' }) };
  },
  'password.wrong': (tenant) => signIn(tenant, 'hermes', 'wrong'),
  'factor.wrong': async (tenant) => {
    const { key } = await withFactor(tenant);
    return codeForm(tenant, { code: wrongCodeAt(key, tenant.world.now) });
  },
  'user.locked': async (tenant) => {
    for (let i = 0; i <= wrongPasswords; i++) await tenant.send(await signIn(tenant, 'fry', 'wrong'));
    return signIn(tenant, 'fry', password);
  },
  'routine.threw': async (tenant) => {
    const { store } = tenant.world.server.world;
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'applications', {}, { redirect_uris: '{' }),
    );
    return { path: asking(tenant) };
  },
  // The last two: nothing can be written after the one, and nothing works after the other. A sign-in writes a session.
  'store.busy': async (tenant) => {
    const sending = await signIn(tenant, 'hermes', password);
    const file = new DatabaseSync(join(tenant.world.database.data, 'accord.db'));
    file.exec('begin immediate');
    after(() => file.close());
    return sending;
  },
  'store.unreachable': async (tenant) => {
    await tenant.world.server.world.store.close();
    return { path: asking(tenant) };
  },
};

test('the OpenAPI document promises for /authorize the causes that happen there, and no other', async () => {
  assert.deepEqual(Object.keys(ways).sort(), [...endpointCauses.authorize].sort());
  const flags = { 'lockout-attempts': String(wrongPasswords), 'database-wait': '2000' };
  const world = await startWorld(sqlite, flags);
  try {
    const tenants: Tenant[] = [];
    for (const _ of Object.keys(ways)) tenants.push(await world.tenant());
    for (const [i, [cause, way]] of Object.entries(ways).entries()) {
      const tenant = tenants[i] as Tenant;
      const reply = await tenant.send(await way(tenant));
      assert.equal(world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because, cause);
    }
  } finally {
    closeConnections();
    await world.close();
  }
});

test('where an application may be used from is no matter of /authorize: a browser asks there', async () => {
  const world = await startWorld(sqlite);
  try {
    const tenant = await world.tenant();
    await world.server.world.store.within((writing) =>
      writing.update(
        tenant.deployment.id,
        'applications',
        {},
        { allow_addresses: '["203.0.113.0/24"]', allow_domains: '["app.example.com"]' },
      ),
    );
    assert.equal((await tenant.send({ path: asking(tenant) })).http, 200);
    const posted = form({ client_id: tenant.web.application.clientId, response_type: 'code' });
    assert.equal((await tenant.send({ method: 'POST', path, ...posted })).http, 303);
  } finally {
    closeConnections();
    await world.close();
  }
});
