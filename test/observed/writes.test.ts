import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { bearer, form } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, unknown>;

/** What clients in the field write, shape by shape, and what every answer has to look like for them. */
onEveryEngine('writes, as clients make them', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;

  before(async () => {
    world = await startWorld(engine, { 'webhook-allow-private': true });
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Planet Express', website: 'old.example' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const object = (reply: Read): Row => {
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };
  const put = async (path: string, body: unknown): Promise<Row> =>
    object(await tenant.api('PUT', `/api/v0/${path}`, body));
  const read = async (path: string): Promise<Row> => object(await tenant.get(`/api/v0/${path}?_fields=_ALL`));

  test('a form with empty values empties them; _fields in the body shows them', async () => {
    const reply = await tenant.send({
      method: 'PUT',
      path: `/api/v0/companies/${company}`,
      ...form({ website: '', phone: '12', _fields: 'website,phone' }, bearer(tenant.token)),
    });
    const { website, phone } = JSON.parse(reply.text).response as Row;
    assert.deepEqual([website || null, phone], [null, '12']);
    const shown = await tenant.api('PUT', `/api/v0/companies/${company}?_fields=fax`, { fax: '13' });
    assert.equal(object(shown).fax, '13');
  });

  test('a whole entity sent back, with its id, read-only fields, nested objects and zeros for no link', async () => {
    const contact = await tenant.put('contacts', { firstname: 'Amy', surname: 'Wong' });
    const affiliation = await tenant.put('affiliations', { company, contact });
    const whole = object(
      await tenant.get(`/api/v0/affiliations/${affiliation}?_fields=_ALL,company(),contact(),breadcrumbs`),
    );
    const sent = { ...whole, id: 0, physical_address: 0, postal_address: '0', position: 'Intern' };
    const after = await put(`affiliations/${affiliation}`, sent);
    assert.equal(after.id, String(affiliation));
    const kept = await read(`affiliations/${affiliation}`);
    assert.deepEqual(
      [kept.position, kept.company, kept.contact, kept.physical_address],
      ['Intern', String(company), String(contact), null],
    );
    const created = await tenant.api('POST', '/api/v0/companies', {
      id: 0,
      name: 'Sent whole',
      status: 0,
      postal_address: 0,
      date_created: 5,
      default_affiliation: null,
    });
    assert.notEqual(object(created).id, '0');
  });

  test('an activity with its recipients as lists', async () => {
    const made = await tenant.api('POST', '/api/v0/activities', {
      subject: 'Hello',
      body: 'x',
      against_type: 'company',
      against_id: company,
      to: { affiliation: [], staff: [tenant.restricted], emails: ['zoidberg@example.com'] },
      cc: { affiliation: [], staff: [], emails: [] },
      bcc: { affiliation: [], staff: [], emails: [] },
    });
    const interacts = await tenant.get(`/api/v0/activities/${object(made).id}/interacts`);
    assert.match(interacts.text, new RegExp(`"${tenant.restricted}"`));
  });

  test('names that are read where others are written: types, affiliations, priorities, quotes', async () => {
    const type = await tenant.put('issue_types', { title: 'Bug' });
    const priority = await tenant.put('issue_priorities', { title: 'High' });
    const contact = await tenant.put('contacts', { firstname: 'Kif', surname: 'Kroker' });
    const affiliation = await tenant.put('affiliations', { company, contact });
    const made = await tenant.api('POST', '/api/v0/issues?_fields=issue_type,affiliation,issue_priority', {
      title: 'Written',
      type_id: type,
      against_type: 'company',
      against_id: company,
      affiliation_id: affiliation,
      priority_id: priority,
    });
    const { issue_type, affiliation: linked, issue_priority } = object(made);
    assert.deepEqual([issue_type, linked, issue_priority].map(Number), [type, affiliation, priority]);
    const quote = await tenant.put('quotes', {
      title: 'Offer',
      against_type: 'company',
      against_id: company,
    });
    await put(`quotes/${quote}`, { terms_and_conditions: 'None', client_portal_access: 'yes' });
    const { terms, portal_access } = await read(`quotes/${quote}`);
    assert.equal(terms, 'None');
    assert.ok(['yes', '1'].includes(String(portal_access)));
  });

  test('the standing of a company may be written; the status of a task may not', async () => {
    await tenant.put('company_statuses', { title: 'Gone', standing: 'gone' });
    await put(`companies/${company}`, { standing: 'gone' });
    assert.equal((await read(`companies/${company}`)).standing, 'gone');
    const open = await tenant.put('task_statuses', { title: 'Open', standing: 'pending', start: 1 });
    const done = await tenant.put('task_statuses', { title: 'Done', standing: 'complete' });
    const task = await tenant.put('tasks', { title: 'Fuel', against_type: 'company', against_id: company });
    await put(`tasks/${task}`, { status_id: done, title: 'Refuel' });
    const { task_status, title } = await read(`tasks/${task}`);
    assert.deepEqual([task_status, title], [String(open), 'Refuel']);
  });

  test('progressions by POST and PUT, with and without /auto, without a body, and with _fields in a form', async () => {
    const [one, two] = [
      await tenant.put('job_statuses', { title: 'One', standing: 'one', start: 1 }),
      await tenant.put('job_statuses', { title: 'Two', standing: 'two' }),
    ];
    const to = await tenant.put('job_progressions', { title: 'Go', from: one, status: two });
    const back = await tenant.put('job_progressions', { title: 'Return', from: two, status: one });
    const job = await tenant.put('jobs', { title: 'Deliver', against_type: 'company', against_id: company });
    const path = `/api/v0/jobs/${job}/progressions`;
    const listed = (await tenant.get(path)).json.response as unknown as Row[];
    assert.deepEqual(Object.keys(listed[0]?.status as Row).sort(), [
      'color',
      'id',
      'ordering',
      'standing',
      'start',
      'title',
    ]);
    const json = { ...bearer(tenant.token), 'Content-Type': 'application/json' };
    for (const [method, move, headers] of [
      ['POST', `${to}/auto`, json],
      ['PUT', `${back}/auto`, { ...json, 'Content-Length': '0' }],
      ['POST', `${to}`, bearer(tenant.token)],
    ] as const)
      assert.equal((await tenant.send({ method, path: `${path}/${move}`, headers })).http, 200, move);
    const shown = await tenant.send({
      method: 'PUT',
      path: `${path}/${back}/auto`,
      ...form({ _fields: 'status' }, bearer(tenant.token)),
    });
    assert.equal((JSON.parse(shown.text).response as Row).status, String(one));
    // From any status, to the first of that standing.
    await tenant.put('task_statuses', { title: 'Begun', standing: 'started' });
    const task = await tenant.put('tasks', { title: 'Load', against_type: 'job', against_id: job });
    for (const move of ['start', 'done'])
      object(await tenant.api('PUT', `/api/v0/tasks/${task}/progressions/${move}`));
    assert.equal((await read(`tasks/${task}`)).standing, 'complete');
  });

  test('an upload as `resource`, with a Content-Length inside the part', async () => {
    const listed = object(await tenant.get(`/api/v0/companies/${company}/collections`));
    const [collection] = listed.collections as Row[];
    const boundary = 'xx';
    const part = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="resource"; filename="dark-matter.txt"',
      'Content-Type: text/plain',
      'Content-Length: 5',
      '',
      'heavy',
      `--${boundary}--`,
      '',
    ].join('\r\n');
    const reply = await tenant.send({
      method: 'POST',
      path: `/api/v0/companies/${company}/collections/${collection?.id}/resources`,
      headers: { ...bearer(tenant.token), 'Content-Type': `multipart/form-data; boundary=${boundary}` },
      body: part,
    });
    assert.equal(reply.http, 200, reply.text);
    assert.equal((JSON.parse(reply.text).response.resource as Row).size, '5');
  });

  test('a form type on DELETE; rate limit headers in their exact letters, there too', async () => {
    const gone = await tenant.put('companies', { name: 'Gone soon' });
    const reply = await send(world.server.port, tenant.host, {
      method: 'DELETE',
      path: `/api/v0/companies/${gone}`,
      headers: { ...bearer(tenant.token), 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(reply.http, 200, reply.text);
    const limits = reply.names.filter((name) => /^x-ratelimit/i.test(name)).sort();
    assert.deepEqual(limits, ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset']);
  });

  test('every answer is an envelope of strings; lists are lists; absent is null; text keeps its line ends', async () => {
    const text = 'one\r\ntwo\r\n';
    const made = await tenant.api('POST', '/api/v0/companies?_fields=_ALL', {
      name: 'Lines',
      comments: text,
    });
    for (const key of ['status', 'message', 'more_info']) assert.equal(typeof made.json.meta[key], 'string');
    const row = object(made);
    assert.equal(row.comments, text);
    assert.match(String(row.date_created), /^\d+$/);
    assert.equal(row.date_last_interacted, null);
    assert.equal(row.staff_bookmarked, '0');
    assert.match(String(row.id), /^\d+$/);
    const quote = await tenant.put('quotes', { title: 'Free', against_type: 'company', against_id: company });
    const job = await tenant.put('jobs', {
      title: 'Priced',
      rate_charged: 12_50,
      against_type: 'company',
      against_id: company,
    });
    assert.equal((await read(`jobs/${job}`)).rate_charged, '12.50');
    assert.ok(quote > 0);
    const none = await tenant.get('/api/v0/companies?_filters=id(99999)');
    assert.deepEqual(none.json.response, []);
    const refused = await tenant.get('/api/v0/companies/99999');
    assert.equal(refused.json.response, null);
  });

  test('an owner reads as a plural and an id', async () => {
    const contact = await tenant.put('contacts', { firstname: 'Scruffy', surname: 'S' });
    const affiliation = await tenant.put('affiliations', { company, contact });
    const activity = await tenant.put('activities', {
      subject: 'Mail',
      owner_type: 'affiliation',
      owner_id: affiliation,
      visibility: 'all',
    });
    const { owner, owner_type } = await read(`activities/${activity}`);
    assert.deepEqual([owner, owner_type], [`affiliations/${affiliation}`, 'affiliation']);
  });

  test('a subscription has a subscription_id', async () => {
    const made = await tenant.post('/api/v0/webhooks/subscriptions', {
      trigger_url: 'http://127.0.0.1:9/',
      event_id: 'create_contact',
    });
    const { subscription } = object(made) as { subscription: Row };
    assert.match(String(subscription.subscription_id), /^\d+$/);
    const listed = object(await tenant.get('/api/v0/webhooks/subscriptions')) as { subscriptions: Row[] };
    assert.equal(listed.subscriptions[0]?.subscription_id, subscription.subscription_id);
  });
});
