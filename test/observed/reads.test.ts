import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, unknown>;

/** What clients in the field ask to read, shape by shape. Each filter has to let one object in and keep another out. */
onEveryEngine('reads, as clients ask for them', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;
  let other: number;
  let milestone: number;
  let mine: number;
  let theirs: number;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    for (const standing of ['active', 'inactive'])
      await tenant.put('company_statuses', { title: standing, standing });
    for (const standing of ['pending', 'complete'])
      await tenant.put('task_statuses', { title: standing, standing });
    company = await tenant.put('companies', {
      name: 'Planet Express',
      standing: 'active',
      phone: '0385089777',
      date_modified: 100,
    });
    other = await tenant.put('companies', { name: 'MomCorp', standing: 'inactive', date_modified: 200 });
    const job = await tenant.put('jobs', {
      title: 'Deliver',
      against_type: 'company',
      against_id: company,
      paused: 1,
    });
    await tenant.put('jobs', { title: 'Rob', against_type: 'company', against_id: other, paused: 0 });
    milestone = await tenant.put('milestones', { title: 'Launch', job });
    mine = await tenant.put('tasks', {
      title: 'Fuel',
      against_type: 'milestone',
      against_id: milestone,
      standing: 'pending',
    });
    theirs = await tenant.put('tasks', {
      title: 'Steal',
      against_type: 'company',
      against_id: other,
      standing: 'complete',
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const rows = (reply: Read): readonly Row[] => {
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };
  const ids = (reply: Read): readonly number[] => rows(reply).map(({ id }) => Number(id));
  const list = (resource: string, filters: string, more = '') =>
    tenant.get(`/api/v0/${resource}?_filters=${encodeURIComponent(filters)}${more}`);
  const ask = (resource: string, body: unknown, query = '') =>
    tenant.api('POST', `/api/v0/${resource}${query}`, body);

  test('by GET with a query, by POST with _method in the body, and with _method in the query', async () => {
    const filters = { id: [company] };
    const wanted = [{ id: String(company), name: 'Planet Express', standing: 'active' }];
    const query = `_filters=id(${company})&_fields=standing`;
    assert.deepEqual(rows(await tenant.get(`/api/v0/companies?${query}`)), wanted);
    const whole = await ask(
      'companies',
      { _method: 'GET', _fields: ['standing'], _filters: filters },
      '?_page=0&_limit=50',
    );
    assert.deepEqual(rows(whole), wanted);
    const embedded = await ask('companies', {
      _method: 'GET',
      _fields: ['_ALL', 'status._ALL'],
      _filters: filters,
    });
    assert.equal(rows(embedded)[0]?.name, 'Planet Express');
    assert.ok(Object.hasOwn(rows(embedded)[0] ?? {}, 'website'));
    const lower = await ask(
      'companies',
      { _filters: filters, _fields: 'standing', _search: 'planet' },
      '?_method=get',
    );
    assert.deepEqual(rows(lower), wanted);
    const none = await ask('companies', { _filters: null, _fields: 'name', _search: 'momc' }, '?_method=get');
    assert.deepEqual(ids(none), [other]);
  });

  test('filters with an order; by object; by type and id; by several words', async () => {
    assert.deepEqual(ids(await list('companies', 'standing(active),order_by_asc(name)')), [company]);
    assert.deepEqual(ids(await list('companies', 'order_by_asc(name)')), [other, company]);
    assert.deepEqual(ids(await list('tasks', `against(milestone(${milestone}))`)), [mine]);
    assert.deepEqual(
      ids(await list('tasks', `against_type(company),against_id(${other}),standing(complete)`)),
      [theirs],
    );
    assert.deepEqual(
      ids(
        await list(
          'tasks',
          'standing(pending,accepted,started,paused),against_type(asset,company,milestone,issue)',
        ),
      ),
      [mine],
    );
  });

  test('a thread by its id, the latest first; billable as an order', async () => {
    const put = (subject: string, more: Record<string, number | string>) =>
      tenant.put('activities', {
        subject,
        owner_type: 'staff',
        owner_id: tenant.admin,
        visibility: 'all',
        ...more,
      });
    const first = await put('first', { date_logged: 10, billable: 5 });
    const reply = await put('reply', {
      ...{ thread_id: first, parent_id: first, thread_type: 'activity', parent_type: 'activity' },
      ...{ date_logged: 20, billable: 9 },
    });
    await put('elsewhere', { date_logged: 30, billable: 7 });
    assert.deepEqual(ids(await list('activities', `thread(${first}),order_by_desc(date_logged)`)), [
      reply,
      first,
    ]);
    const billable = rows(await list('activities', 'order_by_desc(billable)', '&_fields=billable'));
    assert.deepEqual(
      billable.map((row) => row.billable),
      ['9', '7', '5'],
    );
  });

  test('many ids of collections; dates from 0; of issues; numbers of contacts; a status; a flag', async () => {
    const collection = await tenant.put('collections', {
      title: 'Files',
      against_type: 'company',
      against_id: company,
    });
    const kept = await tenant.put('resources', { title: 'a.txt', collection });
    const elsewhere = await tenant.put('collections', {
      title: 'Other files',
      against_type: 'company',
      against_id: company,
    });
    await tenant.put('resources', { title: 'b.txt', collection: elsewhere });
    const many = [collection, ...Array.from({ length: 49 }, (_, i) => elsewhere + 1 + i)].join();
    assert.deepEqual(ids(await list('resources', `collection_id(${many})`)), [kept]);
    assert.equal(ids(await list('companies', 'date_modified_after(0)')).length, 2);
    assert.deepEqual(ids(await list('companies', 'date_modified_after(150)')), [other]);
    const early = await tenant.put('issues', {
      title: 'Early',
      date_opened: 100,
      against_type: 'company',
      against_id: company,
    });
    await tenant.put('issues', {
      title: 'Late',
      date_opened: 300,
      against_type: 'company',
      against_id: company,
    });
    assert.deepEqual(ids(await list('issues', 'date_opened_before(200)')), [early]);
    assert.deepEqual(ids(await list('companies', 'contact_number(0385089777)')), [company]);
    const status = await tenant.put('company_statuses', { title: 'Odd', standing: 'odd' });
    assert.deepEqual(ids(await list('companies', `status(${status})`)), []);
    assert.equal(rows(await list('jobs', 'paused(true)')).length, 1);
    assert.equal(rows(await list('jobs', 'paused(true)'))[0]?.title, 'Deliver');
  });

  test('empty, search, and the last of a filter that comes twice', async () => {
    const bare = await tenant.put('jobs', {
      title: 'Nobody',
      manager: null,
      against_type: 'company',
      against_id: company,
    });
    assert.ok(ids(await list('jobs', 'empty(manager)')).includes(bare));
    assert.ok(ids(await list('jobs', 'empty(title)')).length === 0);
    assert.deepEqual(ids(await list('companies', 'search(momc)')), [other]);
    assert.deepEqual(ids(await list('companies', `id(${company}),id(${other})`)), [other]);
  });

  test('combinations in JSON, nested, with objects and with bare numbers', async () => {
    const filtered = async (resource: string, filters: unknown): Promise<readonly number[]> =>
      ids(await ask(resource, { _method: 'GET', _filters: filters }));
    const past = await tenant.put('contracts', {
      title: 'Past',
      date_started: 50,
      date_expires: 60,
      against_type: 'company',
      against_id: company,
    });
    const lasting = await tenant.put('contracts', {
      title: 'Lasting',
      date_started: 50,
      date_expires: null,
      against_type: 'company',
      against_id: company,
    });
    const current = {
      _AND: {
        date_started_before: ['100'],
        _OR: {
          _OR: { date_expires_after: ['100'], empty: ['date_expires'] },
          date_expires_before: ['0'],
        },
      },
    };
    const found = await filtered('contracts', current);
    assert.ok(found.includes(lasting));
    assert.ok(!found.includes(past));
    const issues = await filtered('issues', {
      _AND: { contract: ['0'], against: [{ company: [String(company)] }] },
    });
    assert.equal(issues.length, 2);
    assert.deepEqual(
      await filtered('issues', { _AND: { contract: ['0'], against: [{ company: [String(other)] }] } }),
      [],
    );
    const range = await ask('jobs', { _method: 'GET', _filters: { manager_greater_than: [0] } });
    assert.equal(range.http, 200, range.text);
    const holidays = await tenant.put('holidays', { title: 'Xmas', staff: tenant.admin, date_start: 1 });
    assert.deepEqual(await filtered('holidays', { staff_id_greater_than: [0] }), [holidays]);
    assert.deepEqual(await filtered('holidays', { staff_id_greater_than: [tenant.admin] }), []);
  });

  test('_fields with spaces, empty parentheses, dots, repetitions, and names that are none', async () => {
    const contact = await tenant.put('contacts', { firstname: 'Amy', surname: 'Wong' });
    const address = await tenant.put('addresses', { title: 'Mars', city: 'Mars' });
    const affiliation = await tenant.put('affiliations', {
      company,
      contact,
      phone: '1',
      physical_address: address,
    });
    const read = async (path: string, fields: string): Promise<Row> => {
      const reply = await tenant.get(`/api/v0/${path}?_fields=${encodeURIComponent(fields)}`);
      assert.equal(reply.http, 200, reply.text);
      return reply.json.response;
    };
    const spaced = await read(
      `affiliations/${affiliation}`,
      'phone, position, standing, physical_address(title)',
    );
    assert.deepEqual((spaced.physical_address as Row).title, 'Mars');
    assert.deepEqual([spaced.phone, spaced.position], ['1', null]);
    // No page lists it for a contact: it is that of the default affiliation.
    const at = { physical_address: await tenant.put('addresses', { title: 'Earth', city: 'New New York' }) };
    await tenant.put('affiliations', { company: other, contact, ...at });
    const without = await read(`contacts/${contact}`, 'physical_address(title)');
    assert.equal(without.physical_address, null);
    const moved = await tenant.put('contacts', { surname: 'Kroker', default_affiliation: affiliation });
    const wanted = 'phone, position, standing, physical_address(title)';
    assert.deepEqual(await read(`contacts/${moved}`, wanted), {
      ...{ id: String(moved), firstname: null, surname: 'Kroker', mobile: null, email: null, standing: null },
      physical_address: { ...(spaced.physical_address as Row) },
    });
    assert.equal((await read(`contacts/${moved}`, 'physical_address')).physical_address, String(address));
    assert.ok(!('physical_address' in (await read(`contacts/${moved}`, '_ALL'))));
    const narrow = bearer(await tenant.issue({ scope: 'read(contacts)' }));
    const refused = await tenant.get(`/api/v0/contacts/${moved}?_fields=physical_address(title)`, narrow);
    assert.equal(refused.cause, 'scope.exceeded');
    const plain = await read(`tasks/${mine}`, 'assignee(),title,status(),standing()');
    assert.equal(plain.standing, 'pending');
    const linked = await read(`affiliations/${affiliation}`, 'contact(),company()');
    assert.deepEqual((linked.contact as Row).firstname, 'Amy');
    assert.deepEqual((linked.company as Row).name, 'Planet Express');
    const crumbs = await read(`tasks/${mine}`, 'breadcrumbs,title,title,nonsense,undefined');
    assert.ok(Array.isArray(crumbs.breadcrumbs));
    assert.ok(!Object.hasOwn(crumbs, 'nonsense'));
    const all = await read(`affiliations/${affiliation}`, '_ALL');
    // Ids, as long as nobody asks for the object.
    assert.deepEqual([all.company, all.contact], [String(company), String(contact)]);
    assert.equal(((await read(`affiliations/${affiliation}`, 'company._ALL')).company as Row).fax, null);
    const activity = await read(
      `activities/${ids(await list('activities', 'order_by_asc(id)'))[0]}`,
      'interacts,date_logged,preview_body',
    );
    assert.equal(activity.date_logged, '10');
  });

  test('whatever Accept says, JSON; a type of content with a GET; the token in the query; no Accept', async () => {
    const path = `/api/v0/companies/${company}`;
    const own = bearer(tenant.token);
    for (const headers of [
      { ...own, Accept: 'text/html, image/gif, */*; q=0.2' },
      { ...own, 'Content-Type': 'application/x-www-form-urlencoded' },
      own,
    ]) {
      const reply = await tenant.send({ path, headers });
      assert.equal(reply.http, 200, reply.text);
      assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
    }
    const inQuery = await tenant.send({ path: `${path}?_bearer_token=${tenant.token}` });
    assert.equal(inQuery.http, 200, inQuery.text);
  });

  test('pages until a short one, by page and by offset, past the end, and more than fifty', async () => {
    for (let i = 0; i < 12; i++) await tenant.put('skills', { title: `Skill ${i}` });
    const page = async (query: string): Promise<number> =>
      rows(await tenant.get(`/api/v0/skills?${query}`)).length;
    assert.deepEqual([await page('_page=0&_limit=5'), await page('_page=2&_limit=5')], [5, 2]);
    assert.equal(await page('_offset=10&_limit=5'), 2);
    assert.deepEqual(await Promise.all(['100', '1000', '99999'].map((at) => page(`_page=${at}`))), [0, 0, 0]);
    assert.equal(await page('_limit=200'), 12);
  });

  test('paths of the past', async () => {
    assert.deepEqual(ids(await tenant.get(`/api/v0/companies.json?_filters=id(${company})`)), [company]);
    const whoami = await tenant.get('/api/v0/users/whoami');
    assert.equal((whoami.json.response as Row).id, String(tenant.admin));
    const probability = await tenant.put('prospect_probabilities', { title: 'Likely', value: 80 });
    assert.deepEqual(ids(await tenant.get('/api/v0/prospect/probabilities')), [probability]);
    const division = await tenant.put('divisions', { title: 'Delivery' });
    for (const path of [`division/${division}`, `divisions/${division}`])
      assert.equal((await tenant.get(`/api/v0/${path}`)).http, 200, path);
  });
});
