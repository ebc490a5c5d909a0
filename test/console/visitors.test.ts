import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createKeys } from '../../src/identity/keys.ts';
import { sessionLifetime } from '../../src/identity/sessions.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { form } from '../harness/forms.ts';
import { closeConnections, type Reply, type Sending, send } from '../harness/http.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const path = (tenant: Tenant): string =>
  `/oauth2/v0/authorize?response_type=code&client_id=${encodeURIComponent(tenant.web.application.clientId)}`;

const cookieOf = ({ headers }: Reply): string => (headers['set-cookie'] ?? '').split(';')[0] ?? '';

function hiddenOf({ text }: Reply): Record<string, string> {
  const fields = text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g);
  return Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
}

const submit = (fields: Record<string, string>, cookie: string): Sending => ({
  method: 'POST',
  path: '/oauth2/v0/authorize',
  ...form(fields, { Cookie: cookie }),
});

onEveryEngine('a browser that nobody has signed in with', (engine) => {
  let world: TestWorld;
  let other: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine);
    other = await startWorld({
      ...engine,
      create: async () => ({ ...world.database, release: async () => {} }),
    });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await other.close();
    await world.close();
  });

  const directory = async (): Promise<string> =>
    JSON.stringify(
      await world.server.world.store.list(0, {
        table: 'server_keys',
        columns: ['name', 'secret'],
        limit: 10,
      }),
    );
  /** As another process on the same database, at the same host. */
  const elsewhere = (sending: Sending): Promise<Reply> => send(other.server.port, tenant.host, sending);
  const signIn = async (by: (sending: Sending) => Promise<Reply>, first: Reply): Promise<Reply> =>
    by(submit({ ...hiddenOf(first), username: 'hermes', password }, cookieOf(first)));

  test('200 requests for the sign-in page write nothing', async () => {
    await world.server.world.keys.of('start', 0);
    const [rows, keys] = [await contents(tenant), await directory()];
    for (let i = 0; i < 200; i++) {
      const reply = await tenant.send({ path: path(tenant) });
      assert.equal(reply.http, 200);
      assert.notEqual(cookieOf(reply), '');
    }
    const bad = await tenant.send(
      submit({ ...hiddenOf(await tenant.send({ path: path(tenant) })), username: 'a', password: 'b' }, ''),
    );
    assert.equal(bad.http, 400);
    assert.deepEqual(await contents(tenant), rows);
    assert.equal(await directory(), keys);
  });

  test('signs in at another process on the same database', async () => {
    const first = await tenant.send({ path: path(tenant) });
    const signedIn = await signIn(elsewhere, first);
    assert.equal(signedIn.http, 200, signedIn.text);
    assert.match(signedIn.text, /name="decision" value="allow"/);
    assert.notEqual(cookieOf(signedIn), cookieOf(first));
    const here = await tenant.send({ path: path(tenant), headers: { Cookie: cookieOf(signedIn) } });
    assert.match(here.text, /name="decision" value="allow"/);
  });

  test('two processes that need the key at once have one', async () => {
    const { store } = world.server.world;
    await store.within((writing) => writing.remove(0, 'server_keys', {}));
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        createKeys(i % 2 === 0 ? store : other.server.world.store, () => 1).of('visitors', 1),
      ),
    );
    assert.equal(new Set(made.map((key) => key.toString('hex'))).size, 1);
    assert.equal((await store.list(0, { table: 'server_keys', columns: ['name'], limit: 10 })).length, 1);
  });

  test('has a cookie that no other deployment takes', async () => {
    const neighbour = await world.tenant();
    const first = await tenant.send({ path: path(tenant) });
    const there = await neighbour.send({ path: path(neighbour), headers: { Cookie: cookieOf(first) } });
    assert.notEqual(cookieOf(there), '', 'it is given another');
    const form = { ...hiddenOf(there), csrf: hiddenOf(first).csrf ?? '', username: 'hermes', password };
    const forged = await neighbour.send(submit(form, cookieOf(first)));
    assert.equal(forged.http, 400);
  });

  test('has a cookie that ends after an hour, and that nobody can change', async () => {
    const first = await tenant.send({ path: path(tenant) });
    const taken = async (cookie: string): Promise<boolean> =>
      cookieOf(await tenant.send({ path: path(tenant), headers: { Cookie: cookie } })) === '';
    const cookie = cookieOf(first);
    const [nonce = '', expires = '', mac = ''] = cookie.slice('accord_sign_in='.length).split('.');
    const written = (...parts: string[]): string => `accord_sign_in=${parts.join('.')}`;
    assert.equal(await taken(cookie), true);
    assert.equal(await taken(written(nonce, `1${expires}`, mac)), false, 'a later end');
    assert.equal(await taken(written(`x${nonce.slice(1)}`, expires, mac)), nonce.startsWith('x'));
    assert.equal(await taken(written(nonce, expires, `${mac.slice(0, -2)}xx`)), false);
    assert.equal(await taken(written(nonce, expires)), false);
    assert.equal(await taken(written(nonce, expires, '')), false);
    assert.equal(
      await taken(written(nonce, expires, hiddenOf(first).csrf ?? '')),
      false,
      'the other signature',
    );
    world.now += sessionLifetime - 1;
    assert.equal(await taken(cookie), true);
    world.now += 1;
    assert.equal(await taken(cookie), false);
    assert.equal((await signIn(tenant.send, first)).http, 400);
    world.now -= sessionLifetime;
  });

  test('is told nothing by its cookie that a form of another would be taken with', async () => {
    const [mine, theirs] = [
      await tenant.send({ path: path(tenant) }),
      await tenant.send({ path: path(tenant) }),
    ];
    assert.notEqual(hiddenOf(mine).csrf, hiddenOf(theirs).csrf);
    assert.ok(!cookieOf(mine).includes(hiddenOf(mine).csrf ?? ' '));
    const crossed = await tenant.send(
      submit({ ...hiddenOf(theirs), username: 'hermes', password }, cookieOf(mine)),
    );
    assert.equal(crossed.http, 400);
    assert.equal(
      tenant.world.trailOf(crossed.headers['x-request-id'] ?? '').refusal?.because,
      'parameter.invalid',
    );
  });

  test('has a sign-in of its own once somebody signed in, and none after a switch', async () => {
    const first = await tenant.send({ path: path(tenant) });
    const sessions = async () =>
      (
        await world.server.world.store.list(tenant.deployment.id, {
          table: 'sessions',
          columns: ['digest'],
          limit: 1_000,
        })
      ).length;
    const before = await sessions();
    const signedIn = await signIn(tenant.send, first);
    assert.equal(await sessions(), before + 1);
    const switched = await tenant.send(
      submit({ ...hiddenOf(signedIn), decision: 'switch' }, cookieOf(signedIn)),
    );
    assert.match(switched.text, /name="password"/);
    assert.notEqual(cookieOf(switched), '');
    assert.equal(await sessions(), before, 'the sign-in is over, and nothing is in its place');
  });
});
