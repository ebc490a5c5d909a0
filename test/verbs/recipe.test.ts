import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { catalogueOf, loadCatalogue, readResources } from '../../src/catalogue/catalogue.ts';
import { integer, text, unsigned } from '../../src/catalogue/fields.ts';
import { type RequestRow, verb } from '../../src/catalogue/request.ts';
import { resource } from '../../src/catalogue/resource.ts';
import { checkVerbs, loadVerbs, type Verbs } from '../../src/request/08-operation/verbs.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const src = new URL('../../src/', import.meta.url);
const folder = new URL('verbs/', src);

/** What the recipe "Add a verb" of CONTRIBUTING.md says: this file, and the rows of the resource. */
const rocketsFile = `
import { refuse } from '${new URL('contract/refuse.ts', src).href}';
import { updateObject } from '${new URL('objects/write.ts', src).href}';
import { answerObject } from '${new URL('request/08-operation/answer.ts', src).href}';
import { readVerb, writeVerb } from '${new URL('request/08-operation/verb.ts', src).href}';

const launch = writeVerb({
  prepare: async ({ parameters }) => Number(parameters.get('fuel') ?? 0),
  run: async (asked, context, fuel) => {
    if (fuel === 0) refuse('parameter.missing', { field: 'fuel' });
    const [id = 0] = asked.ids;
    await updateObject(context, asked.route.owner, id, { values: { fuel }, names: {} });
    return answerObject(asked, context, id);
  },
});

const countdown = readVerb({ run: async () => ({ as: 'tree', tree: [3, 2, 1] }) });

export default { launch, countdown };
`;

const rockets = (requests: readonly RequestRow[]) =>
  resource({
    singular: 'rocket',
    plural: 'rockets',
    fields: {
      id: unsigned({ shown: 'default' }),
      name: text({ shown: 'default' }),
      fuel: integer({ shown: 'default', initial: { value: 0 } }),
    },
    titled: 'name',
    create: { required: ['name'] },
    requests,
  });

const launching = verb('POST', 'rockets/{rocket_id}/launch', 'rockets.launch', { parameters: ['fuel!'] });
const counting = verb('GET', 'rockets/countdown', 'rockets.countdown');

onEveryEngine('a verb is one file', (engine) => {
  let place: string;
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'accord-verbs-'));
    await writeFile(join(place, 'rockets.ts'), rocketsFile);
    const made = await loadVerbs(pathToFileURL(`${place}/`));
    const verbs: Verbs = new Map([...(await loadVerbs(folder)), ...made]);
    world = await startWorld(engine, {}, [rockets([launching, counting])], verbs);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
    await rm(place, { recursive: true });
  });
  const answered = (reply: Read): unknown => {
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };

  test('it is served, with what it prepares, refuses, writes and answers', async () => {
    const id = await tenant.put('rockets', { name: 'Bessie' });
    const path = `/api/v0/rockets/${id}/launch`;
    assert.equal((await tenant.post(path, {})).cause, 'parameter.missing');
    assert.deepEqual(answered(await tenant.post(path, { fuel: '7' })), {
      id: String(id),
      name: 'Bessie',
      fuel: '7',
    });
    assert.deepEqual(answered(await tenant.get('/api/v0/rockets/countdown')), [3, 2, 1]);
  });
});

test('a folder with all of the verbs and one more has that one more', async () => {
  // A copy of the whole folder would import from where it is not: one file and a folder beside it is enough.
  const place = await mkdtemp(join(tmpdir(), 'accord-verbs-'));
  await writeFile(join(place, 'rockets.ts'), rocketsFile);
  await cp(new URL('activities/', folder), join(place, 'activities'), { recursive: true });
  const verbs = await loadVerbs(pathToFileURL(`${place}/`));
  await rm(place, { recursive: true });
  assert.deepEqual([...verbs.keys()], ['rockets.launch', 'rockets.countdown']);
});

test('every verb is named by a row of the catalogue', async () => {
  const rows = [...(await loadCatalogue()).resources.values()].flatMap(({ requests }) => requests);
  const named = new Set(rows.map((row) => row.verb));
  const verbs = await loadVerbs(folder);
  assert.deepEqual(
    [...verbs.keys()].filter((name) => !named.has(name)),
    [],
  );
});

test('the server does not start with a row whose verb does not exist or does not fit its method', async () => {
  const resources = await readResources();
  const verbs = await loadVerbs(folder);
  const check = (row: RequestRow) => checkVerbs(catalogueOf([...resources, rockets([row])]), verbs);
  assert.throws(() => check(launching), /names a verb rockets\.launch, which does not exist/);
  assert.throws(() => check(verb('POST', 'rockets/meta', 'tasks.meta')), /cannot be served by tasks\.meta/);
  assert.throws(() => check(verb('GET', 'rockets/go', 'timers.start')), /cannot be served by timers\.start/);
  check(verb('GET', 'rockets/meta', 'tasks.meta'));
});
