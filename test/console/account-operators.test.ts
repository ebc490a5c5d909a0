import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runAccord } from '../harness/commands.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { Browser } from './account-pages.ts';

onEveryEngine('sign-ins that an operator ends', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let neighbour: Tenant;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    neighbour = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const staff = (...words: readonly string[]) => {
    const { data, databaseUrl } = world.database;
    const place = databaseUrl === undefined ? ['--data', data] : ['--database-url', databaseUrl];
    return runAccord('staff', ...words, ...place, '--deployment', tenant.deployment.name);
  };
  const isIn = async (browser: Browser): Promise<boolean> =>
    (await browser.get('/account')).text.includes('Change the password');
  async function everybody(): Promise<readonly [hermes: Browser, fry: Browser, there: Browser]> {
    const [hermes, fry, there] = [new Browser(tenant), new Browser(tenant), new Browser(neighbour)];
    await hermes.signIn();
    await fry.signIn('fry');
    await there.signIn();
    return [hermes, fry, there];
  }
  const whoIsIn = (browsers: readonly Browser[]) => Promise.all(browsers.map(isIn));

  test('are those of one person, or of all, of one deployment', async () => {
    const browsers = await everybody();
    const one = await staff('sign-out', 'hermes');
    assert.equal(one.code, 0, one.err);
    assert.match(one.out, /^Ended 1 sign-in of hermes in /);
    assert.deepEqual(await whoIsIn(browsers), [false, true, true]);
    await browsers[0].signIn();
    const all = await staff('sign-out', '--all', '--json');
    assert.deepEqual(JSON.parse(all.out), { ended: 2 });
    assert.deepEqual(await whoIsIn(browsers), [false, false, true]);
  });

  test('are named: neither is nobody everybody, nor somebody', async () => {
    for (const words of [[], ['hermes', '--all'], ['nobody']]) {
      const told = await staff('sign-out', ...words);
      assert.notEqual(told.code, 0, words.join(' '));
      assert.match(told.err, words[0] === 'nobody' ? /no staff member nobody/ : /name a username or an id/);
    }
  });

  test('end with another password and another standing, and not with another name', async () => {
    const browsers = await everybody();
    assert.equal((await staff('set', 'hermes', '--firstname', 'Hermès')).code, 0);
    assert.deepEqual(await whoIsIn(browsers), [true, true, true]);
    assert.equal((await staff('set', 'hermes', '--password', `${password}!`)).code, 0);
    assert.deepEqual(await whoIsIn(browsers), [false, true, true]);
    assert.equal((await staff('set', 'fry', '--standing', 'inactive')).code, 0);
    assert.equal((await staff('set', 'fry', '--standing', 'active')).code, 0);
    assert.deepEqual(await whoIsIn(browsers), [false, false, true]);
  });
});
