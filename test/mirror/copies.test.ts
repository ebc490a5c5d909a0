import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { differences, dump, mirror, run } from './command.ts';
import { filled, originOf } from './source.ts';
import { untold } from './untold.ts';

onEveryEngine('a copy', (engine) => {
  let world: TestWorld;
  let source: Tenant;
  let target: Database;
  let url: string;
  before(async () => {
    world = await startWorld(engine);
    source = await world.tenant({ name: 'source' });
    url = originOf(world, source);
    target = await engine.create('full');
    // What is there was written before the copy began, by the clock of the answers' Date.
    world.now = Math.floor(Date.now() / 1_000) - 3_600;
    await filled(source);
  });
  after(async () => {
    await target?.release();
    await world?.close();
  });

  const dumps = async (deployment = 'copy') =>
    [await dump(world.database, 'source'), await dump(target, deployment)] as const;

  test('has all that the API tells, and lacks what the table says', async () => {
    const report = await mirror(url, source.token, target);
    assert.deepEqual(report.leftOut, {});
    assert.deepEqual(report.unreadable, {});
    assert.deepEqual(report.dangling, {});
    const [original, copy] = await dumps();
    assert.deepEqual(differences(original, copy), Object.values(untold).flat().sort());
    // Nothing of it is said to be copied that is not, nor the other way round.
    const counted = Object.fromEntries(Object.entries(copy).map(([name, rows]) => [name, rows.length]));
    assert.deepEqual({ ...report.copied }, counted);
  });

  test('has what came and what was changed after it is made again, and is told so', async () => {
    world.now = Math.floor(Date.now() / 1_000) + 60;
    const name = `Mom's Friendly ${engine.name}`;
    await source.api('PUT', '/api/v0/companies/1', { name });
    // Unique names that two objects have exchanged.
    const two = await source.get('/api/v0/companies/2');
    const { name: taken } = two.json.response as { name: string };
    await source.api('PUT', '/api/v0/companies/2', { name: 'for a moment' });
    await source.api('PUT', '/api/v0/companies/1', { name: taken });
    await source.api('PUT', '/api/v0/companies/2', { name });
    await source.post('/api/v0/companies', { name: 'New' });
    const report = await mirror(url, source.token, target);
    assert.equal(typeof report.since, 'number');
    // Where the list can be asked for what has changed, nothing else comes.
    assert.equal(report.copied.companies, 3);
    assert.equal(report.copied.jobs, undefined);
    assert.equal(report.copied.activities, undefined);
    const full = await mirror(url, source.token, target, '--full');
    assert.ok(full.copied.jobs && full.copied.activities);
    const [original, copy] = await dumps();
    assert.deepEqual(differences(original, copy), Object.values(untold).flat().sort());
  });

  test('has the tags that an activity has, and no longer those that it had', async () => {
    const { store } = world.server.world;
    const tagsOf = async (): Promise<readonly unknown[]> =>
      ((await dump(target, 'copy')).taggings ?? []).map(({ against_type, against_id, tag_id }) =>
        [against_type, against_id, tag_id].join(),
      );
    assert.deepEqual(await tagsOf(), ['activity,1,1']);
    await store.within(async (writing) => {
      await writing.update(source.deployment.id, 'taggings', { id: 1 }, { tag_id: 2 });
    });
    await mirror(url, source.token, target, '--only', 'activities', '--full');
    assert.deepEqual(await tagsOf(), ['activity,1,2']);
    await store.within((writing) => writing.remove(source.deployment.id, 'taggings', { id: 1 }));
    await mirror(url, source.token, target, '--only', 'activities', '--full');
    assert.deepEqual(await tagsOf(), []);
  });

  test('gives new objects ids that no copied one has', async () => {
    const person = [
      '--username',
      'ada',
      '--firstname',
      'Ada',
      '--surname',
      'Adler',
      '--email',
      'ada@example.com',
    ];
    const flags = ['--deployment', 'copy', ...flagsOf(target), '--password', 'bite my shiny', '--json'];
    const { code, out, err } = await run(['staff', 'create', ...person, ...flags]);
    assert.equal(code, 0, err);
    assert.equal((JSON.parse(out) as { id: number }).id, 3);
  });
});
