import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, unknown>;

onEveryEngine('prospects, requests and assets', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;
  let contact: number;
  let affiliation: number;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Slurm' });
    contact = await tenant.put('contacts', { firstname: 'Slurms', surname: 'McKenzie' });
    affiliation = await tenant.put('affiliations', { company, contact, email: 'slurms@slurm.example' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const rows = (reply: Read): readonly Row[] => reply.json.response;
  const object = (reply: Read): Row => reply.json.response;
  const ids = (reply: Read): readonly number[] => rows(reply).map(({ id }) => Number(id));

  async function refuses(work: () => Promise<Read>, cause: string): Promise<void> {
    const before = await contents(tenant);
    const reply = await work();
    assert.equal(reply.cause, cause, reply.text);
    assert.deepEqual(await contents(tenant), before);
  }

  test('a sale is created, changed, won by a progression, and found by who won it', async () => {
    const type = await tenant.put('prospect_types', { title: 'Vending' });
    const open = await tenant.put('prospect_statuses', { title: 'Open', standing: 'active', start: 1 });
    const won = await tenant.put('prospect_statuses', { title: 'Won', standing: 'won' });
    const win = await tenant.put('prospect_progressions', { title: 'Win', from: open, status: won });
    const made = await tenant.post('/api/v0/prospects?_fields=_ALL', {
      title: 'Machines for Mars',
      affiliation_id: String(affiliation),
      type_id: String(type),
      value: '1000.5',
      progress: '0.25',
    });
    const { id, contact: inherited, standing, value, progress, success, won_by_id } = object(made);
    assert.deepEqual(
      { inherited, standing, value, progress, success, won_by_id },
      {
        inherited: String(contact),
        standing: 'active',
        value: '1000.50',
        progress: '0.2500',
        success: 'no',
        won_by_id: null,
      },
    );
    const path = `/api/v0/prospects/${id}`;
    const moved = await tenant.api('POST', `${path}/progressions/${win}/auto?_fields=_ALL`);
    const after = object(moved);
    assert.equal(after.standing, 'won');
    assert.equal(after.success, 'yes');
    assert.equal(after.won_by_id, String(tenant.admin));
    assert.match(String(after.date_actioned), /^\d+$/);
    const found = await tenant.get(`/api/v0/prospects?_filters=won_by_id(${tenant.admin})`);
    assert.deepEqual(ids(found), [Number(id)]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/prospects?_filters=company(${company})`)), [Number(id)]);
    // A second move to where it is already changes nothing of that.
    await refuses(() => tenant.api('POST', `${path}/progressions/${win}/auto`), 'parameter.invalid');
    const status = await tenant.get(`${path}/status`);
    assert.deepEqual(object(status), { id: String(won), title: 'Won' });
    await refuses(() => tenant.post('/api/v0/prospects', { title: 'Nobody' }), 'parameter.missing');
    await refuses(() => tenant.api('PUT', path, { affiliation_id: 9_999 }), 'parameter.invalid');
  });

  test('a task records when it was completed, an issue who closed it', async () => {
    await tenant.put('issue_statuses', { title: 'Open', standing: 'open', start: 1 });
    const closed = await tenant.put('issue_statuses', { title: 'Closed', standing: 'closed' });
    const issue = await tenant.put('issues', {
      title: 'Dented',
      against_type: 'company',
      against_id: company,
    });
    const shut = await tenant.put('issue_progressions', { title: 'Close', status: closed });
    const reply = await tenant.api('PUT', `/api/v0/issues/${issue}/progressions/${shut}/auto?_fields=_ALL`);
    assert.equal(object(reply).closed_by, String(tenant.admin));
    assert.match(String(object(reply).date_closed), /^\d+$/);
    await tenant.put('task_statuses', { title: 'Open', standing: 'pending', start: 1 });
    await tenant.put('task_statuses', { title: 'Done', standing: 'complete' });
    const task = await tenant.put('tasks', { title: 'Undent', against_type: 'issue', against_id: issue });
    assert.equal(object(await tenant.get(`/api/v0/tasks/${task}?_fields=_ALL`)).date_completed, null);
    const done = await tenant.api('PUT', `/api/v0/tasks/${task}/progressions/done?_fields=_ALL`);
    assert.match(String(object(done).date_completed), /^\d+$/);
  });

  test('inactive types are listed on request', async () => {
    const hidden = await tenant.put('prospect_types', { title: 'Retired', standing: 'inactive' });
    const listed = async (query: string) => ids(await tenant.get(`/api/v0/prospects/types${query}`));
    assert.ok(!(await listed('')).includes(hidden));
    assert.deepEqual(await listed('?_filters=standing(inactive)'), [hidden]);
    assert.ok((await listed('?_filters=')).includes(hidden));
    const percent = await tenant.put('prospect_probabilities', { title: 'Likely', value: 80 });
    for (const path of ['/api/v0/prospect/probabilities', '/api/v0/prospects/probabilities'])
      assert.deepEqual(rows(await tenant.get(`${path}?_filters=value(80)`)), [
        { id: String(percent), title: 'Likely', value: '80' },
      ]);
  });

  test('a request of a known sender belongs to them, found by id, object, email or name', async () => {
    const type = String(await tenant.put('request_types', { title: 'Support' }));
    const said = { title: 'Empty', body: 'The can is empty.', type_id: type };
    const of = async (body: Row): Promise<unknown> =>
      object(await tenant.api('POST', '/api/v0/requests?_fields=affiliation_id', { ...said, ...body }))
        .affiliation_id;
    const before = await contents(tenant);
    for (const body of [
      { affiliation_id: affiliation },
      { affiliation },
      { affiliation: { id: String(affiliation) } },
      { affiliation_contact_id: contact },
      { affiliation_email: 'SLURMS@slurm.example' },
      { affiliation_contact_firstname: 'Slurms', affiliation_contact_surname: 'McKenzie' },
      { affiliation: { contact: { firstname: 'Slurms', surname: 'McKenzie' }, company: { name: 'Slurm' } } },
    ])
      assert.equal(await of(body), String(affiliation), JSON.stringify(body));
    const after = await contents(tenant);
    for (const table of ['companies', 'contacts', 'affiliations'] as const)
      assert.deepEqual(after.get(table), before.get(table), table);
  });

  test('a request of an unknown sender creates the contact, the company and the affiliation', async () => {
    const type = String(await tenant.put('request_types', { title: 'Sales' }));
    const said = { title: 'Cans', body: 'How many?', type_id: type };
    const of = async (body: Row): Promise<Row> => {
      const fields = 'affiliation(email,company(name),contact(firstname,surname,_hide_defaults))';
      const made = await tenant.api('POST', `/api/v0/requests?_fields=${fields}`, { ...said, ...body });
      assert.equal(made.http, 200, made.text);
      const { company: at, contact: who } = object(made).affiliation as { company: Row; contact: Row };
      return { company: at.name, ...who };
    };
    assert.deepEqual(
      await of({ affiliation_contact_firstname: 'Leela', affiliation_contact_surname: 'Turanga' }),
      {
        company: 'Leela Turanga',
        firstname: 'Leela',
        surname: 'Turanga',
      },
    );
    assert.deepEqual(await of({ affiliation_contact_firstname: 'Amy', affiliation_company_name: 'Slurm' }), {
      company: 'Slurm',
      firstname: 'Amy',
      surname: '',
    });
    assert.deepEqual(await of({ affiliation: { email: 'kif.kroker@doop.example' } }), {
      company: 'kif.kroker@doop.example',
      firstname: 'Kif',
      surname: 'Kroker',
    });
    for (const [body, cause] of [
      [{}, 'parameter.missing'],
      [{ affiliation_contact_firstname: 'Nibbler' }, 'parameter.missing'],
      [{ affiliation_email: 'nobody' }, 'parameter.invalid'],
      [{ affiliation_id: 9_999 }, 'parameter.invalid'],
      [{ affiliation_contact_id: 9_999 }, 'parameter.invalid'],
      [{ affiliation_company_id: 9_999, affiliation_email: 'new@new.example' }, 'parameter.invalid'],
      [{ affiliation_id: affiliation, source: 'pigeon' }, 'parameter.invalid'],
      [{ affiliation_id: affiliation, type_id: 9_999 }, 'parameter.invalid'],
    ] as const)
      await refuses(() => tenant.api('POST', '/api/v0/requests', { ...said, ...body }), cause);
    const { json } = await tenant.api('POST', '/api/v0/requests', said);
    assert.match(
      json.meta.message ?? '',
      /missing: affiliation_id \(or affiliation_contact_id, affiliation_email, or affiliation_contact_firstname with /,
    );
  });

  test('threads show who wrote, who answered and when; types show how many are unresolved', async () => {
    const fresh = await world.tenant();
    const at = await fresh.put('companies', { name: 'DOOP' });
    const who = await fresh.put('contacts', { firstname: 'Zapp', surname: 'Brannigan' });
    const sender = await fresh.put('affiliations', { company: at, contact: who });
    const type = await fresh.put('request_types', { title: 'War' });
    const retired = await fresh.put('request_types', { title: 'Peace', standing: 'inactive' });
    await fresh.put('request_subscriptions', { request_type: type, staff: fresh.admin });
    const ask = async (title: string, type_id: number): Promise<Row> => {
      const body = { title, body: title, type_id, affiliation_id: sender, source: 'null' };
      return object(await fresh.api('POST', '/api/v0/requests?_fields=thread_id,source,standing', body));
    };
    const one = await ask('Champagne', type);
    const two = await ask('Velour', type);
    await ask('Treaty', retired);
    assert.equal(one.standing, 'pending');
    assert.equal(one.source, null);
    const answered = await fresh.api('POST', '/api/v0/activities', {
      subject: 'No',
      body: 'No.',
      parent_id: one.thread_id,
      against_type: 'request',
      against_id: one.id,
      visibility: 'all',
    });
    assert.equal(answered.http, 200, answered.text);
    await fresh.api('PUT', `/api/v0/requests/${two.id}`, { claimer_id: fresh.admin, standing: 'closed' });
    const threads = async (query: string) =>
      object(await fresh.get(`/api/v0/requests/threads?${query}`)) as unknown as {
        requests: readonly Row[];
        linked_objects: readonly Row[];
        unresponded_counts?: readonly Row[];
      };
    const all = await threads('include_unresponded_counts=1');
    assert.deepEqual(
      all.requests.map(({ id, number_of_activities }) => [id, number_of_activities]),
      [
        [Number(one.id), 2],
        [Number(two.id), 1],
      ],
    );
    const [first] = all.requests;
    assert.deepEqual(first?.senders, [{ type: 'affiliation', id: sender }]);
    assert.deepEqual(first?.type, { type: 'request_type', id: type });
    assert.deepEqual(first?.affiliation, {
      type: 'affiliation',
      id: sender,
      contact: { type: 'contact', id: who },
      company: { type: 'company', id: at },
    });
    assert.equal(first?.claimer, null);
    assert.deepEqual(all.requests[1]?.claimer, { type: 'staff', id: fresh.admin });
    assert.ok(all.linked_objects.some(({ type: kind, title }) => kind === 'company' && title === 'DOOP'));
    assert.deepEqual(all.unresponded_counts, [
      { id: String(type), title: 'War', status: 'active', unresolved_count: '1', subscribed: 1 },
      { id: String(retired), title: 'Peace', status: 'inactive', unresolved_count: '1', subscribed: 0 },
    ]);
    assert.deepEqual(object(await fresh.get('/api/v0/requests/types')), {
      request_types: all.unresponded_counts,
    });
    const found = async (filters: string) =>
      (await threads(`_filters=${filters}`)).requests.map(({ id }) => id);
    const [a, b] = [Number(one.id), Number(two.id)];
    assert.deepEqual(await found(`standing(closed)`), [b]);
    assert.deepEqual(await found('request_is_claimed(1)'), [b]);
    assert.deepEqual(await found('request_is_claimed(0)'), [a]);
    assert.deepEqual(await found(`interact_from_staff(${fresh.admin})`), [a]);
    assert.deepEqual(await found(`interact_from_staff(9999)`), []);
    assert.equal((await found('show_inactive_type(1)')).length, 3);
    assert.deepEqual(await found(`request_type_id(${retired}),show_inactive_type(1)`), [b + 1]);
    assert.deepEqual(await found('date_created_after(0),order_by_date_created(1)'), [a, b]);
    assert.deepEqual(await found('date_created_before(1)'), []);
    assert.equal((await found('order_by_desc_latest_external_interaction(1)')).length, 2);
    assert.deepEqual(await found('standing(odd)'), []);
    for (const bad of ['planet()', 'request_is_claimed(maybe)', 'request_type_id(x)'])
      assert.equal(
        (await fresh.get(`/api/v0/requests/threads?_filters=${bad}`)).cause,
        'parameter.invalid',
        bad,
      );
    // A token that may not read companies is not told what they are called.
    const narrow = bearer(await fresh.issue({ scope: 'read(requests)' }));
    const told = object(await fresh.get('/api/v0/requests/threads', narrow)).linked_objects as Row[];
    assert.deepEqual([...new Set(told.map(({ type: kind }) => kind))], ['request_type']);
  });

  test('an asset is linked to work, and the link shows no more than the caller may read', async () => {
    const asset = await tenant.put('assets', { title: 'Ship', against_type: 'company', against_id: company });
    const job = await tenant.put('jobs', { title: 'Delivery', against_type: 'company', against_id: company });
    const path = `/api/v0/assets/${asset}`;
    assert.equal(object(await tenant.get(path)).latest_asset_link, null);
    const made = await tenant.post(`${path}/links`, {
      linked_object_type: 'job',
      linked_object_id: String(job),
      Description: 'flies there',
      start_date: '1700000000',
    });
    const link = object(made);
    assert.deepEqual(link, {
      linked_object_type: 'job',
      linked_object_id: String(job),
      asset_link_id: link.asset_link_id,
      asset_id: String(asset),
      linked_object_title: 'Delivery',
      linked_object_breadcrumbs: [{ id: String(company), table: 'company', title: 'Slurm' }],
      description: 'flies there',
      start_date: '1700000000',
    });
    const plain = await tenant.post('/api/v0/assets/links', {
      asset_id: String(asset),
      linked_object_type: 'job',
      linked_object_id: String(job),
    });
    assert.ok(!Object.hasOwn(object(plain), 'description'));
    assert.equal(
      (object(await tenant.get(path)).latest_asset_link as Row).asset_link_id,
      object(plain).asset_link_id,
    );
    const listed = object(await tenant.get(`/api/v0/assets/links?_filters=linked_object(job(${job}))`));
    assert.equal((listed.asset_links as Row[]).length, 2);
    assert.deepEqual(listed.assets, [
      {
        id: String(asset),
        title: 'Ship',
        breadcrumbs: [{ id: String(company), table: 'company', title: 'Slurm' }],
      },
    ]);
    const narrow = bearer(await tenant.issue({ scope: 'read(assets)' }));
    const seen = object(await tenant.get(path, narrow)).latest_asset_link as Row;
    assert.equal(seen.linked_object_title, null);
    assert.deepEqual(seen.linked_object_breadcrumbs, []);
    for (const [body, cause] of [
      [{ linked_object_type: 'company', linked_object_id: company }, 'parameter.invalid'],
      [{ linked_object_type: 'job', linked_object_id: 9_999 }, 'parameter.invalid'],
      [{ linked_object_type: 'job' }, 'parameter.missing'],
      [
        {
          linked_object_type: 'job',
          linked_object_id: job,
          start_date: '1700000000',
          end_date: '1600000000',
        },
        'parameter.invalid',
      ],
    ] as const)
      await refuses(() => tenant.api('POST', `${path}/links`, body), cause);
    await refuses(
      () =>
        tenant.api('POST', '/api/v0/assets/9999/links', { linked_object_type: 'job', linked_object_id: job }),
      'object.missing',
    );
    const gone = await tenant.api('DELETE', `/api/v0/assets/link/${object(plain).asset_link_id}`);
    assert.equal(gone.http, 200, gone.text);
    assert.equal((object(await tenant.get(path)).latest_asset_link as Row).asset_link_id, link.asset_link_id);
    // A link means nothing without what it links.
    assert.equal((await tenant.api('DELETE', `/api/v0/jobs/${job}`)).http, 200);
    assert.equal(object(await tenant.get(path)).latest_asset_link, null);
  });

  test('an asset type shows the fields of its links', async () => {
    const type = await tenant.put('asset_types', {
      title: 'Server',
      link_lines: 'job: description start_date\nissue: description\nplanet: description',
    });
    const { object_link_fields } = object(await tenant.get(`/api/v0/assets/types/${type}`));
    assert.deepEqual(object_link_fields, {
      job: { include_description: 1, include_start_date: 1, include_end_date: 0 },
      issue: { include_description: 1, include_start_date: 0, include_end_date: 0 },
    });
  });
});
