import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { causes, causesOn } from '../../src/contract/causes.ts';
import { surfaces } from '../../src/contract/stages.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';

let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
  tenant = await world.tenant();
});
after(async () => {
  closeConnections();
  await world.close();
});

const faults = (method: string, body?: unknown, id = '') =>
  controlled(tenant, method, `deployments/${tenant.deployment.name}/faults${id}`, body);

test('every cause of the contract can be forced somewhere', () => {
  const forced = new Set(surfaces.flatMap(causesOn));
  assert.deepEqual([...forced].sort(), Object.keys(causes).sort());
});

const wrong: [Record<string, unknown>, RegExp][] = [
  [{}, /one of cause, latency, cut and truncate is wanted/],
  [{ cause: 'monkey.loose' }, /there is no cause monkey\.loose; there are: .*token\.missing.*name\.taken/],
  [{ cause: 'field.taken' }, /there is no cause field\.taken; .*username\.taken/],
  [{ cause: 'grant.unknown', on: 'POST /companies' }, /does not happen there; there are: .*name\.taken/],
  [{ cause: 'object.missing', on: '/oauth2/token' }, /does not happen there; there are: .*grant\.unknown/],
  [{ cause: 'name.taken', on: 'GET *' }, /nothing there writes a unique field/],
  [{ cause: 'username.taken', on: 'POST /companies' }, /there are: name\.taken, custom_id\.taken/],
  [{ cause: 'parameter.invalid', on: 'POST /companies' }, /wants field and detail/],
  [{ cause: 'parameter.missing', on: 'GET /companies' }, /wants field/],
  [{ cause: 'object.missing', on: 'GET /companies' }, /wants detail/],
  [{ cause: 'token.expired', field: 'x' }, /^token\.expired does not accept field$/],
  [
    { cause: 'name.taken', on: 'POST /companies', retry_after: 3 },
    /^name\.taken does not accept retry_after; it accepts object/,
  ],
  [
    { cause: 'window.exhausted', field: 'x' },
    /^window\.exhausted does not accept field; it accepts retry_after$/,
  ],
  [{ cause: 'window.exhausted', retry_after: 0 }, /retry_after of window\.exhausted must be from 1 to 3600/],
  [
    { cause: 'window.exhausted', retry_after: 3601 },
    /retry_after of window\.exhausted must be from 1 to 3600/,
  ],
  [{ latency: 10, detail: 'x' }, /detail goes with cause/],
  [{ latency: 60_001 }, /latency wants a whole number from 1 to 60000/],
  [{ cut: -1 }, /cut wants a whole number/],
  [{ cut: true, truncate: 3 }, /one of cut and truncate/],
  [{ cut: true, nth: 1, every: 2 }, /one of nth, every and probability/],
  [{ cut: true, probability: 1.5 }, /probability wants a number above 0/],
  [{ cut: true, seed: 'x' }, /seed goes with probability/],
  [{ cut: true, from: 'hit' }, /goes with for/],
  [{ cut: true, for: 3, from: 'then' }, /from wants now or hit/],
  [{ cut: true, after: 'tomorrow' }, /after wants unix seconds, or a date/],
  [{ cut: true, after: 20, until: 10 }, /until wants a moment that comes after/],
  [{ cut: true, on: 'BREW /coffee' }, /a method \(GET, POST, PUT, DELETE or \*\) and a path are wanted/],
  [{ cut: true, on: 'GET /monkeys' }, /no request is like "GET \/monkeys"; there are: .*companies/],
  [{ cut: true, on: 'PUT /companies' }, /no request is like .*POST companies/],
  [{ cut: true, application: 'nobody' }, /there is no application nobody .*there are: .*@/],
  [{ cut: true, staff: 1, on: '/oauth2/token' }, /staff is known of requests to resources only/],
  [{ cut: true, monkey: 1 }, /there is no monkey; there are: on, application/],
  [{ cause: ['x'] }, /cause wants one value/],
];
for (const [rule, says] of wrong)
  test(`refused: ${JSON.stringify(rule)}`, async () => {
    const { http, json } = await faults('POST', rule);
    assert.equal(http, 400);
    assert.match(json.error as string, says);
    assert.deepEqual((await faults('GET')).json, { faults: [] });
  });

test('added, listed in order, removed, cleared, and not without end', async () => {
  const sent = { on: 'POST /companies', nth: 3, cause: 'name.taken', latency: 20 };
  const { id, ...said } = (await faults('POST', sent)).json;
  assert.deepEqual(said, { ...sent, matches: 0, hits: 0 });
  const other = (await faults('POST', { cut: true, every: 2, for: 30 })).json;
  const list = (await faults('GET')).json.faults as { id: string }[];
  assert.deepEqual(
    list.map((each) => each.id),
    [id, other.id],
  );
  assert.deepEqual((await faults('DELETE', undefined, `/${id}`)).json, { removed: 1 });
  const gone = await faults('GET', undefined, `/${id}`);
  assert.equal(gone.http, 404);
  assert.match(gone.json.error as string, new RegExp(`there are: ${other.id}`));
  for (let i = 1; i < 100; i++) assert.equal((await faults('POST', { cut: true })).http, 200);
  assert.match((await faults('POST', { cut: true })).json.error as string, /there are 100 faults already/);
  assert.deepEqual((await faults('DELETE')).json, { removed: 100 });
});

test('whatever is sent, the control API and the header never fail by themselves', async () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(
      null,
      '',
      'GET *',
      '* /{',
      '/**',
      'name.taken',
      '__proto__',
      'constructor.taken',
      'object.missing',
      [],
      {},
    ),
  );
  const names = [
    'on',
    'application',
    'staff',
    'nth',
    'every',
    'probability',
    'seed',
    'times',
    'after',
    'until',
    'for',
    'from',
    'cause',
    'field',
    'detail',
    'object',
    'retry_after',
  ];
  const rule = fc.dictionary(fc.constantFrom(...names, 'truncate', '__proto__', 'x'), value, { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(rule, fc.string({ maxLength: 60 }), async (body, header) => {
      const { http, text } = await faults('POST', { cause: 'token.expired', ...body });
      assert.ok(http === 200 || http === 400, text);
      await faults('DELETE');
      const safe = header.replaceAll(/[^\x20-\x7e]/g, '?');
      const reply = await tenant.get('/api/v0/companies', {
        'X-Sandbox-Fault': `parameter.missing; ${safe}`,
      });
      assert.equal(reply.http, 400, reply.text);
    }),
    { numRuns: 150, seed: 4 },
  );
});

test('by the command line', async () => {
  const root = join(import.meta.dirname, '..', '..');
  const run = async (...words: string[]) => {
    const flags = [
      '--url',
      `http://127.0.0.1:${world.server.port}`,
      '--token',
      controlToken,
      '--deployment',
      tenant.deployment.name,
    ];
    const file = join(root, 'src', 'cli', 'accord.ts');
    return promisify(execFile)(process.execPath, [file, 'sandbox', 'fault', ...words, ...flags]).then(
      ({ stdout }) => stdout,
      ({ stderr }) => stderr as string,
    );
  };
  const [made] = JSON.parse(
    await run('add', '--cause', 'name.taken', '--on', 'POST /companies', '--nth', '3', '--json'),
  );
  assert.equal(made.cause, 'name.taken');
  await run('add', '--every', '5', '--on', 'GET *', '--cause', 'store.unreachable', '--for', '30');
  await run('add', '--cut', '--on', 'GET /jobs');
  const list = await run('list');
  assert.match(list, /POST \/companies +nth 3 +name\.taken +0 +0/);
  assert.match(list, /GET \* +every 5, for 30, from now +store\.unreachable/);
  assert.match(list, /GET \/jobs +always +cut 0/);
  assert.match(await run('add', '--cause', 'monkey.loose'), /there is no cause monkey\.loose; there are/);
  assert.equal(await run('remove', made.id), `${made.id} is removed\n`);
  assert.equal(await run('clear'), '2 removed\n');
  assert.equal(await run('list'), 'no faults\n');
});
