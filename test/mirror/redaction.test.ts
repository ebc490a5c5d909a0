import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { personals } from '../../src/catalogue/personal.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { differences, dump, mirror, run } from './command.ts';
import { filled, originOf } from './source.ts';
import { untold } from './untold.ts';

onEveryEngine('a redacted copy', (engine) => {
  let world: TestWorld;
  let source: Tenant;
  let into: Database;
  let url: string;
  before(async () => {
    world = await startWorld(engine);
    source = await world.tenant({ name: 'source' });
    await filled(source);
    url = originOf(world, source);
    into = await engine.create('full');
  });
  after(async () => {
    await into?.release();
    await world?.close();
  });

  test('says nothing personal, and all the rest as it is', async () => {
    await mirror(url, source.token, into, '--redact');
    const [original, copy] = [await dump(world.database, 'source'), await dump(into, 'copy')];
    const { catalogue } = world.server.world;
    const missing = new Set(Object.values(untold).flat());
    // With the texts, what files hold is left out.
    missing.add('resources.sha256');
    let replaced = 0;
    for (const { name: table, personal } of catalogue.resources.values()) {
      for (const name of Object.values(personal).flat()) {
        for (const row of original[table] ?? []) {
          const other = copy[table]?.find(({ id }) => id === row.id)?.[name];
          const value = row[name];
          if (value === null || value === '' || missing.has(`${table}.${name}`)) continue;
          assert.notEqual(other, value, `${table}.${name}`);
          assert.equal(typeof other, 'string', `${table}.${name}`);
          replaced++;
        }
        missing.add(`${table}.${name}`);
      }
    }
    assert.ok(replaced > 100, `${replaced} values were replaced`);
    assert.deepEqual(
      differences(original, copy).filter((each) => !missing.has(each)),
      [],
    );
  });

  test('replaces the same by the same: emails are valid, what is unique stays so, and the next run changes nothing', async () => {
    const first = await dump(into, 'copy');
    await mirror(url, source.token, into, '--redact', personals.join(','), '--full');
    const again = await dump(into, 'copy');
    assert.deepEqual(differences(first, again), []);
    const emails = (again.affiliations ?? []).flatMap(({ email }) => (email === null ? [] : [String(email)]));
    assert.ok(emails.length > 0 && emails.every((email) => /^[0-9a-f]{16}@example\.com$/.test(email)));
    const names = again.companies?.map(({ name }) => name) ?? [];
    assert.equal(new Set(names).size, names.length);
  });

  test('of some kinds only leaves the others, and comes out otherwise in another copy', async () => {
    const args = ['mirror', url, '--deployment', 'emails', ...flagsOf(into), '--redact', 'email', '--json'];
    const { code, err } = await run(args, { ACCORD_MIRROR_TOKEN: source.token });
    assert.equal(code, 0, err);
    const [whole, some] = [await dump(into, 'copy'), await dump(into, 'emails')];
    const original = await dump(world.database, 'source');
    assert.deepEqual(some.companies?.[0]?.name, original.companies?.[0]?.name);
    assert.notEqual(some.affiliations?.[0]?.email, original.affiliations?.[0]?.email);
    assert.notEqual(some.affiliations?.[0]?.email, whole.affiliations?.[0]?.email);
  });
});
