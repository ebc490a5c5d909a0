import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { authorization, codeIn } from '../../client/src/authorization.ts';
import { createClient } from '../../client/src/client.ts';
import type { Tokens } from '../../client/src/tokens.ts';
import { sqlite } from '../harness/engines.ts';
import { codeFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { redirectUri, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { nowhere, tenantFetch } from './tenant-fetch.ts';

let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite);
  tenant = await world.tenant();
});
after(async () => {
  closeConnections();
  await world.close();
});

const application = () => ({ clientId: tenant.web.application.clientId, clientSecret: tenant.web.secret });

/** Tokens in memory, and what was done with them. */
function kept(tokens?: Tokens) {
  const saved: (Tokens | undefined)[] = [];
  const storage = {
    load: () => saved.at(-1) ?? tokens,
    save: (given: Tokens | undefined) => void saved.push(given),
  };
  return { saved, storage };
}

test('a code with its verifier, then its refresh token, then nothing', async () => {
  const asked = await authorization({ baseUrl: nowhere, clientId: 'x', redirectUri, scope: 'read(all)' });
  const { saved, storage } = kept();
  const options = { baseUrl: nowhere, fetch: tenantFetch(tenant), now: () => world.now * 1_000 };
  const code = await codeFor(tenant, { verifier: asked.verifier });
  const auth = { ...application(), storage, redirectUri };
  const first = createClient({
    ...options,
    auth: { ...auth, grant: 'authorization_code', code, verifier: asked.verifier },
  });
  assert.ok((await first.call({ path: 'companies' })).ok);
  assert.equal(saved.length, 1);
  world.now += 31 * 86_400;
  assert.ok((await first.call({ path: 'companies' })).ok, 'the code counts once; its refresh token goes on');
  assert.equal(saved.length, 2);
  const later = createClient({ ...options, auth: { ...auth, grant: 'refresh_token' } });
  assert.ok((await later.call({ path: 'companies' })).ok);
  assert.equal(saved.length, 2, 'the token that was kept is still good');
  const access = saved[1]?.access ?? '';
  await later.revoke();
  assert.equal(saved.at(-1), undefined);
  const refused = await later.call({ path: 'companies' });
  assert.ok(!refused.ok);
  assert.equal(refused.verdict.status, 'invalid_grant');
  const other = createClient({ ...options, auth: { token: access } });
  const ended = await other.call({ path: 'companies' });
  assert.ok(!ended.ok);
  assert.equal(ended.verdict.status, 'invalid_client');
});

test('a code with another verifier gets nothing, and a refresh token alone is enough', async () => {
  const options = { baseUrl: nowhere, fetch: tenantFetch(tenant), now: () => world.now * 1_000 };
  const { verifier } = await authorization({ baseUrl: nowhere, clientId: 'x' });
  const code = await codeFor(tenant, { verifier });
  const auth = { ...application(), grant: 'authorization_code', redirectUri } as const;
  const wrong = createClient({ ...options, auth: { ...auth, code, verifier: `${verifier}x` } });
  const refused = await wrong.call({ path: 'companies' });
  assert.ok(!refused.ok);
  assert.equal(refused.verdict.status, 'invalid_grant');
  const { saved, storage } = kept();
  const right = createClient({ ...options, auth: { ...auth, code: await codeFor(tenant), storage } });
  assert.ok((await right.call({ path: 'companies' })).ok);
  const refreshToken = saved[0]?.refresh;
  const bare = createClient({ ...options, auth: { ...application(), grant: 'refresh_token', refreshToken } });
  assert.ok((await bare.call({ path: 'companies' })).ok);
});

test('where the user is sent, and what they come back with', async () => {
  const { url, state, verifier, issuer } = await authorization({
    deployment: 'acme',
    clientId: 'a@b',
    redirectUri: 'http://localhost:8080/callback',
    scope: 'read(companies)',
  });
  const asked = new URL(url);
  assert.equal(asked.origin + asked.pathname, 'https://acme.api.accelo.com/oauth2/v0/authorize');
  const parameters = Object.fromEntries(asked.searchParams);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  assert.deepEqual(parameters, {
    response_type: 'code',
    client_id: 'a@b',
    scope: 'read(companies)',
    redirect_uri: 'http://localhost:8080/callback',
    state,
    code_challenge: Buffer.from(digest).toString('base64url'),
    code_challenge_method: 'S256',
  });
  assert.match(verifier, /^[\w-]{43}$/);
  const back = (query: string) => `http://localhost:8080/callback?${query}`;
  assert.equal(codeIn(back(`code=c1&state=${state}`), state), 'c1');
  assert.equal(issuer, 'https://acme.api.accelo.com');
  const answered = (iss: string) => back(`code=c1&state=${state}&iss=${encodeURIComponent(iss)}`);
  assert.equal(codeIn(answered(issuer), state, issuer), 'c1');
  assert.equal(codeIn(back(`code=c1&state=${state}`), state, issuer), 'c1', 'the hosted service sends none');
  for (const other of ['https://evil.api.accelo.com', `${issuer}/`, ''])
    assert.throws(() => codeIn(answered(other), state, issuer), /another server/, other);
  assert.throws(() => codeIn(back('code=c1&state=forged'), state), /state/);
  assert.throws(() => codeIn(back(`error=access_denied&state=${state}`), state), /access_denied/);
  assert.throws(() => codeIn(back(`state=${state}`), state), /no code/);
});
