import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, unknown>;
type Fields = Readonly<Record<string, string | number>>;

onEveryEngine('profiles and extensions', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Planet Express' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const rows = (reply: Read): readonly Row[] => reply.json.response;
  const object = (reply: Read): Row => reply.json.response;
  const field = (field_type: string, more: Fields = {}): Promise<number> =>
    tenant.put('profile_fields', {
      field_name: `A ${field_type}`,
      field_type,
      link_type: 'company',
      ...more,
    });
  const set = (id: number, body: Row, of = company): Promise<Read> =>
    tenant.api('POST', `/api/v0/companies/${of}/profiles/fields/${id}?_fields=_ALL`, body);

  async function refuses(work: () => Promise<Read>, cause: string, said?: RegExp): Promise<void> {
    const before = await contents(tenant);
    const reply = await work();
    assert.equal(reply.cause, cause, reply.text);
    if (said) assert.match(reply.json.meta.message ?? '', said);
    assert.deepEqual(await contents(tenant), before);
  }

  test('a value of each type is set, read back and listed; what is not of the type is refused', async () => {
    const options = { option_lines: 'one\ntwo\nthree' };
    const cases: readonly (readonly [string, Fields, Row, unknown, Row])[] = [
      ['text', {}, { value: '16-20' }, '16-20', { value: ['a'] }],
      ['integer', {}, { value_int: -5 }, '-5', { value_int: 'many' }],
      ['decimal', {}, { value: '1.25' }, '1.25', { value: '1.2.5' }],
      ['date', {}, { value_date: '2027-02-28' }, '1803772800', { value_date: '2027-02-30' }],
      ['date_time', {}, { value_date: 1_803_772_801 }, '1803772801', { value_date: 'soon' }],
      ['currency', {}, { value: '12.5' }, '12.50', { value: '12.555' }],
      ['structure', {}, { value: 'a > b' }, 'a > b', { value: { a: 1 } }],
      ['select', options, { value: 'two' }, 'two', { value: 'four' }],
      ['multi_select', options, { value: 'two, one' }, 'one, two', { value: 'one, four' }],
      ['multi_select', options, { value: ['three'] }, 'three', { value: ['four'] }],
      [
        'hyperlink',
        {},
        { value: 'https://example.com/a' },
        'https://example.com/a',
        { value: 'javascript:1' },
      ],
      ['lookup', { lookup_type: 'company' }, { value_id: company }, 'Planet Express', { value_id: 999_999 }],
      [
        'lookup',
        {},
        { value_id: tenant.admin, value_type: 'staff' },
        'Hermes Conrad',
        { value_id: 1, value_type: 'planet' },
      ],
    ];
    for (const [type, more, body, value, wrong] of cases) {
      const id = await field(type, more);
      await refuses(() => set(id, wrong), 'parameter.invalid');
      await refuses(() => set(id, {}), 'parameter.missing');
      const made = object(await set(id, body));
      assert.equal(made.value, value, type);
      assert.equal(made.field_type, type);
      assert.equal(made.modified_by, String(tenant.admin));
      assert.equal('values' in made, type === 'multi_select');
      if (type === 'multi_select') assert.deepEqual(made.values, String(value).split(', '));
      assert.equal(made.value_type, type === 'lookup' ? (body.value_type ?? 'company') : null);
      const listed = await tenant.get(
        `/api/v0/companies/${company}/profiles/values?_filters=field_id(${id})`,
      );
      assert.deepEqual(
        rows(listed).map((row) => [row.id, row.value]),
        [[made.id, value]],
      );
    }
    const fields = await tenant.get('/api/v0/companies/profiles/fields?_fields=options&_limit=50');
    assert.equal(rows(fields).length, cases.length);
    assert.deepEqual(rows(fields).find(({ field_type }) => field_type === 'select')?.options, [
      'one',
      'two',
      'three',
    ]);
    assert.deepEqual(rows(await tenant.get('/api/v0/issues/profiles/fields')), []);
    const bare = await tenant.get(
      `/api/v0/companies/${company}/profiles/values?_fields=_hide_defaults,values&_limit=50`,
    );
    assert.equal(rows(bare).filter((row) => Object.keys(row).length > 0).length, 2);
  });

  test('setting a field again changes its value; an update reaches only values of its object', async () => {
    const id = await field('text');
    const first = object(await set(id, { value: 'a' }));
    const second = object(await set(id, { value: 'b' }));
    assert.deepEqual([second.id, second.value], [first.id, 'b']);
    const path = `/api/v0/companies/${company}/profiles/values/${first.id}`;
    const third = await tenant.api('PUT', path, { value: 'c' });
    assert.equal(object(third).value, 'c');
    const other = await tenant.put('companies', { name: 'MomCorp' });
    const elsewhere = `/api/v0/companies/${other}/profiles/values/${first.id}`;
    await refuses(() => tenant.api('PUT', elsewhere, { value: 'd' }), 'object.missing');
    await refuses(() => set(id, { value: 'd' }, 999_999), 'object.missing');
    await refuses(() => set(999_999, { value: 'd' }), 'object.missing');
    const ofIssues = await field('text', { link_type: 'issue' });
    await refuses(() => set(ofIssues, { value: 'd' }), 'object.missing');
    const short = await tenant.api('POST', `/api/v0/companies/${other}/profiles/${id}`, {
      value: 'short path',
    });
    assert.equal(object(short).value, 'short path');
    const all = await tenant.get(
      `/api/v0/companies/profiles/values?_filters=field_id(${id}),order_by_asc(link_id)`,
    );
    assert.deepEqual(
      rows(all).map(({ value }) => value),
      ['c', 'short path'],
    );
    // A company takes its values with it.
    assert.equal((await tenant.api('DELETE', `/api/v0/companies/${other}`)).http, 200);
    const left = await tenant.get(`/api/v0/companies/profiles/values?_filters=field_id(${id})`);
    assert.equal(rows(left).length, 1);
  });

  test('required, restricted and confidential fields', async () => {
    const required = await field('text', { required: 1 });
    await set(required, { value: 'x' });
    await refuses(() => set(required, { value: '' }), 'parameter.invalid', /cannot be emptied/);
    const restricted = await field('text', { restrictions: 'admin' });
    const secret = await field('text', { confidential: 1 });
    await set(secret, { value: 'the recipe' });
    const clerk = await tenant.put('staff', {
      username: 'zoidberg',
      firstname: 'John',
      surname: 'Zoidberg',
      email: 'z@example.com',
      standing: 'active',
      access: '{"everything":"standard"}',
    });
    const token = bearer(await tenant.issue({ staff: clerk }));
    const form = { ...token, 'Content-Type': 'application/x-www-form-urlencoded' };
    const barred = await tenant.send({
      method: 'POST',
      path: `/api/v0/companies/${company}/profiles/fields/${restricted}`,
      headers: form,
      body: 'value=y',
    });
    assert.equal(barred.headers['x-status'], 'invalid_permission');
    const path = `/api/v0/companies/${company}/profiles/values?_filters=field_id(${secret})`;
    assert.equal(rows(await tenant.get(path)).length, 1);
    assert.equal(rows(await tenant.get(path, token)).length, 0);
    // The company's scope and access govern its values.
    const fry = bearer(await tenant.issue({ staff: tenant.restricted }));
    for (const at of [path, '/api/v0/companies/profiles/values', '/api/v0/companies/profiles/fields'])
      assert.equal((await tenant.get(at, fry)).cause, 'permission.lacking');
    const narrow = bearer(await tenant.issue({ scope: 'read(companies)' }));
    assert.equal((await tenant.get(path, narrow)).http, 200);
    const other = bearer(await tenant.issue({ scope: 'read(issues)' }));
    assert.equal((await tenant.get('/api/v0/companies/profiles/values', other)).cause, 'scope.exceeded');
  });

  test('a write of an object sets fields of it, all or nothing', async () => {
    const hours = await field('text');
    const size = await field('integer');
    const made = await tenant.post('/api/v0/companies', {
      name: 'Slurm',
      [`profile.${hours}`]: '09-17',
      [`profile.${size}`]: '12',
    });
    assert.equal(made.http, 200, made.text);
    const { id } = object(made);
    const values = async () =>
      rows(await tenant.get(`/api/v0/companies/${id}/profiles/values`)).map(({ value }) => value);
    assert.deepEqual(await values(), ['09-17', '12']);
    await tenant.api('PUT', `/api/v0/companies/${id}`, { website: 'x', [`profile.${size}`]: 13 });
    assert.deepEqual(await values(), ['09-17', '13']);
    await refuses(
      () => tenant.post('/api/v0/companies', { name: 'Wernstrom', [`profile.${size}`]: 'huge' }),
      'parameter.invalid',
      new RegExp(`profile.${size}`),
    );
    await refuses(
      () => tenant.post('/api/v0/companies', { name: 'W', 'profile.x': '1' }),
      'parameter.invalid',
    );
    await refuses(
      () => tenant.post('/api/v0/companies', { name: 'W', 'profile.99999': '1' }),
      'object.missing',
    );
  });

  test('an extension is for one type of object', async () => {
    const [one, two] = [
      await tenant.put('issue_types', { title: 'one' }),
      await tenant.put('issue_types', { title: 'two' }),
    ];
    const extension = (type: string, more: Fields = {}) =>
      tenant.put('extension_fields', {
        field_name: `An ${type}`,
        field_type: type,
        link_type: 'issue',
        link_type_id: one,
        ...more,
      });
    const issue = await tenant.put('issues', { title: 'Leak', issue_type: one });
    const other = await tenant.put('issues', { title: 'Fire', issue_type: two });
    const put = (id: number, body: Row, at = issue) =>
      tenant.api('POST', `/api/v0/issues/${at}/extensions/fields/${id}?_fields=_ALL`, body);
    const place = await extension('fixed_select', {
      option_lines: 'hull\nengine',
      important: 1,
      information: 'Where',
    });
    const made = object(await put(place, { value: 'hull' }));
    assert.deepEqual(
      [
        made.value,
        made.link_type,
        made.link_type_id,
        made.is_important,
        made.is_exported,
        made.field_description,
      ],
      ['hull', 'issue', String(one), '1', '0', 'Where'],
    );
    assert.equal(made.file_name, 'An fixed_select');
    await refuses(() => put(place, { value: 'hull' }, other), 'object.missing');
    await refuses(() => put(place, { value: 'galley' }), 'parameter.invalid');
    const person = await tenant.put('contributors', {
      against_type: 'issue',
      against_id: issue,
      object_type: 'staff',
      object_id: tenant.admin,
    });
    const who = object(await put(await extension('contributor'), { value_id: person }));
    assert.deepEqual(
      [who.value, who.value_type, who.value_id],
      ['Hermes Conrad', 'contributor', String(person)],
    );
    const free = object(await put(await extension('flexible_select', { option_lines: 'a' }), { value: 'b' }));
    assert.equal(free.value, 'b');
    const archived = await extension('text', { archived: 1 });
    await refuses(() => put(archived, { value: 'b' }), 'permission.lacking');
    const changed = await tenant.api('PUT', `/api/v0/issues/${issue}/extensions/values/${made.id}`, {
      value: 'engine',
    });
    assert.equal(object(changed).value, 'engine');
    const values = await tenant.get(`/api/v0/issues/${issue}/extensions/values`);
    assert.deepEqual(
      rows(values).map(({ value }) => value),
      ['engine', 'Hermes Conrad', 'b'],
    );
    assert.equal(rows(await tenant.get('/api/v0/issues/extensions/fields')).length, 4);
    assert.deepEqual(rows(await tenant.get('/api/v0/jobs/extensions/values')), []);
  });
});
