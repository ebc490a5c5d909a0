import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listLocks } from '../../src/identity/lockout.ts';
import type { IdentifiedClient } from '../../src/request/03-authentication/client.ts';
import { authorizationCodeGrant } from '../../src/request/08-operation/grants/authorization_code.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const verifier = 'v'.repeat(50);

interface Told {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly expires_in: number;
}

onEveryEngine('refresh tokens', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'lockout-attempts': '3' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const told = ({ http, text }: Reply): Told => {
    assert.equal(http, 200, text);
    return JSON.parse(text) as Told;
  };
  const causeOf = ({ headers }: Reply): string | undefined =>
    world.trailOf(headers['x-request-id'] ?? '').refusal?.because;
  const renew = (token: string, more: Record<string, string> = {}): Promise<Reply> =>
    tenant.send(refresh(tenant, token, more));
  const reads = async (token: string, what: string): Promise<boolean> =>
    (await tenant.send({ path: `/api/v0/${what}`, headers: bearer(token) })).http === 200;
  /** A token request by the installed application, without its secret. */
  const publicly = (values: Record<string, string>, path = '/oauth2/v0/token'): Promise<Reply> =>
    tenant.send({
      method: 'POST',
      path,
      ...form({ client_id: tenant.installed.application.clientId, ...values }),
    });
  const again = (token: string) => publicly({ grant_type: 'refresh_token', refresh_token: token });
  const begin = async (scope = 'write(all)'): Promise<Told> =>
    told(await tenant.send(exchange(tenant, await codeFor(tenant, { scope }))));
  /** The tokens of an installed application, with its secret or without. */
  async function install(how: 'with its secret' | 'without'): Promise<Told> {
    const { installed: application } = tenant;
    const code = await codeFor(tenant, { application, redirectUri: null, verifier });
    const values = { grant_type: 'authorization_code', code, code_verifier: verifier };
    if (how === 'without') return told(await publicly(values));
    return told(
      await tenant.send({ method: 'POST', path: '/oauth2/v0/token', ...form(values, basic(application)) }),
    );
  }

  test('a narrower scope is for the access token; the refresh token keeps what was granted', async () => {
    tenant = await world.tenant();
    const { refresh_token } = await begin();
    const narrow = told(await renew(refresh_token, { scope: 'read(companies)' }));
    assert.equal(narrow.scope, 'read(companies)');
    assert.deepEqual(
      [await reads(narrow.access_token, 'companies'), await reads(narrow.access_token, 'contacts')],
      [true, false],
    );
    const wide = told(await renew(narrow.refresh_token, { scope: 'write(all)' }));
    assert.equal(wide.scope, 'write(all)');
    const unsaid = told(await renew(wide.refresh_token));
    assert.equal(unsaid.scope, 'write(all)');
    assert.equal(await reads(unsaid.access_token, 'contacts'), true);
    const wrong = await renew((await begin('read(companies)')).refresh_token, { scope: 'read(contacts)' });
    assert.equal(causeOf(wrong), 'scope.exceeded');
  });

  test('asked again within 30 seconds, the scope is judged as it is the first time', async () => {
    tenant = await world.tenant();
    const { refresh_token } = await begin('write(companies),read(contacts)');
    const first = told(await renew(refresh_token));
    for (const [scope, cause] of [
      ['read(monkeys)', 'scope.unknown'],
      ['read', 'scope.malformed'],
      ['write(contacts)', 'scope.exceeded'],
    ] as const)
      assert.equal(causeOf(await renew(refresh_token, { scope })), cause);
    for (const scope of ['', 'read(contacts) write(companies)'])
      assert.deepEqual(told(await renew(refresh_token, { scope })), first, 'the same bytes');
  });

  test('asked again within 30 seconds for another scope: another access token, the same successor', async () => {
    tenant = await world.tenant();
    const { refresh_token } = await begin();
    const first = told(await renew(refresh_token));
    const narrow = told(await renew(refresh_token, { scope: 'read(companies)', expires_in: '900' }));
    assert.notEqual(narrow.access_token, first.access_token);
    assert.equal(narrow.refresh_token, first.refresh_token);
    assert.deepEqual([narrow.scope, narrow.expires_in], ['read(companies)', 900]);
    assert.deepEqual(
      [await reads(narrow.access_token, 'companies'), await reads(narrow.access_token, 'contacts')],
      [true, false],
    );
    world.now += 30;
    assert.deepEqual(told(await renew(refresh_token)), first, 'the 30th second still is within');
    world.now += 1;
    assert.equal(causeOf(await renew(refresh_token, { scope: 'nonsense' })), 'refresh.replayed');
    for (const { access_token } of [first, narrow])
      assert.equal(await reads(access_token, 'companies'), false);
  });

  test('a lifetime is kept from one refresh to the next, unless another is asked for', async () => {
    tenant = await world.tenant();
    const code = await codeFor(tenant);
    const begun = told(await tenant.send(exchange(tenant, code, { expires_in: '1000' })));
    assert.equal(begun.expires_in, 1_000);
    const kept = told(await renew(begun.refresh_token));
    assert.equal(kept.expires_in, 1_000);
    const other = told(await renew(kept.refresh_token, { expires_in: '900' }));
    assert.equal(other.expires_in, 900);
    world.now += 899;
    assert.equal(await reads(other.access_token, 'companies'), true);
    world.now += 1;
    assert.equal(await reads(other.access_token, 'companies'), false);
  });

  test('a refresh token lives 180 days, and its successor 180 more', async () => {
    tenant = await world.tenant();
    const { refresh_token } = await begin();
    world.now += 180 * 86_400 - 1;
    const next = told(await renew(refresh_token));
    world.now += 180 * 86_400;
    assert.equal(causeOf(await renew(next.refresh_token)), 'refresh.expired');
  });

  test('an installed application without a secret refreshes and revokes by its client id', async () => {
    tenant = await world.tenant();
    const begun = await install('without');
    const next = told(await again(begun.refresh_token));
    const last = told(await again(next.refresh_token));
    const gone = await publicly({ token: last.refresh_token }, '/oauth2/v0/revoke');
    assert.equal(gone.http, 200, gone.text);
    assert.equal(await reads(last.access_token, 'companies'), false);
    assert.equal(causeOf(await again(last.refresh_token)), 'refresh.revoked');
  });

  test('an installed application that gave its secret gives it at each refresh', async () => {
    tenant = await world.tenant();
    const begun = await install('with its secret');
    const bare = await again(begun.refresh_token);
    assert.deepEqual([bare.http, causeOf(bare)], [401, 'secret.wrong']);
    const next = told(await tenant.send(refresh(tenant, begun.refresh_token, {}, tenant.installed)));
    assert.equal(causeOf(await again(next.refresh_token)), 'secret.wrong');
    world.now += 31;
    assert.equal(causeOf(await again(begun.refresh_token)), 'secret.wrong');
    assert.equal(await reads(next.access_token, 'companies'), true, 'and a replay without it ends nothing');
    assert.equal(causeOf(await again(next.refresh_token)), 'secret.wrong');
    assert.equal(causeOf(await again(next.refresh_token)), 'client.locked', 'the tries count');
    const [lock] = await listLocks(world.server.world.tallies, { deployment: tenant.deployment.id });
    assert.equal(lock?.who, tenant.installed.application.clientId, 'and an operator is told whose they are');
  });

  test('once the secret was given it is needed, also for a family from before this was kept', async () => {
    tenant = await world.tenant();
    const begun = await install('without');
    await world.server.world.store.within((writing) =>
      writing.update(tenant.deployment.id, 'refresh_tokens', {}, { authenticated: null }),
    );
    const bare = told(await again(begun.refresh_token));
    const shown = told(await tenant.send(refresh(tenant, bare.refresh_token, {}, tenant.installed)));
    assert.equal(causeOf(await again(shown.refresh_token)), 'secret.wrong');
    told(await tenant.send(refresh(tenant, shown.refresh_token, {}, tenant.installed)));
  });

  test('a verifier for a code that has no challenge is refused, and the code remains', async () => {
    tenant = await world.tenant();
    const code = await codeFor(tenant);
    assert.equal(
      causeOf(await tenant.send(exchange(tenant, code, { code_verifier: verifier }))),
      'verifier.wrong',
    );
    told(await tenant.send(exchange(tenant, code, { code_verifier: '' })));
    const { installed: application } = tenant;
    const bare = await codeFor(tenant, { application, redirectUri: null });
    const values = { grant_type: 'authorization_code', code: bare };
    assert.equal(causeOf(await publicly({ ...values, code_verifier: verifier })), 'verifier.wrong');
    assert.equal(causeOf(await publicly(values)), 'secret.wrong');
    // No request gets here without secret and verifier; the grant does not rely on it.
    const asked = {
      deployment: tenant.deployment,
      application: application.application,
      confidential: false,
    };
    const parameters = new Map(Object.entries(values));
    await assert.rejects(
      authorizationCodeGrant.exchange(
        { ...(asked as unknown as IdentifiedClient), parameters, lifetime: undefined },
        world.server.world,
      ),
      { because: 'verifier.wrong' },
    );
  });

  test('only an installed application may leave its secret out, and only for its own tokens', async () => {
    tenant = await world.tenant();
    const { clientId } = tenant.web.application;
    const begun = await begin();
    const values = { client_id: clientId, refresh_token: begun.refresh_token, token: begun.refresh_token };
    for (const path of ['/oauth2/v0/token', '/oauth2/v0/revoke']) {
      const bare = await tenant.send({
        method: 'POST',
        path,
        ...form({ ...values, grant_type: 'refresh_token' }),
      });
      assert.equal(causeOf(bare), 'secret.wrong', path);
    }
    assert.equal((await publicly({ token: begun.refresh_token }, '/oauth2/v0/revoke')).http, 200);
    assert.equal((await publicly({ token: begun.access_token }, '/oauth2/v0/revoke')).http, 200);
    assert.equal(await reads(begun.access_token, 'companies'), true, 'the token of another is left alone');
    told(await renew(begun.refresh_token));
    const wrong = { client_secret: 'wrong', grant_type: 'refresh_token', refresh_token: 'x' };
    assert.equal(causeOf(await publicly(wrong)), 'secret.wrong');
    assert.equal(causeOf(await publicly({ grant_type: 'client_credentials' })), 'secret.wrong');
  });
});
