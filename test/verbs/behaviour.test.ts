import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer, form } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

onEveryEngine('what clients in the field do', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const company = async (name: string, more: Record<string, string> = {}): Promise<Row> =>
    (await tenant.post('/api/v0/companies?_fields=_ALL', { name, ...more })).json.response as Row;

  test('a company is created, read, changed and removed; absent is null, numbers are strings', async () => {
    const created = await company('Slurm', { website: '', comments: 'a\r\nb' });
    assert.equal(created.website, '');
    assert.equal(created.comments, 'a\r\nb');
    assert.equal(created.custom_id, null);
    assert.equal(created.staff_bookmarked, '0');
    assert.equal(created.date_created, String(world.now));
    const changed = await tenant.api('PUT', `/api/v0/companies/${created.id}?_fields=_ALL`, {
      ...created,
      website: 'https://slurm.example',
      id: 0,
      unknown: { nested: true },
    });
    assert.deepEqual(changed.json.response, { ...created, website: 'https://slurm.example' });
    const gone = await tenant.api('DELETE', `/api/v0/companies/${created.id}`);
    assert.equal(gone.http, 200);
    assert.equal(gone.json.response, null);
    assert.ok(gone.names.includes('X-RateLimit-Remaining'));
    assert.equal((await tenant.get(`/api/v0/companies/${created.id}`)).cause, 'object.missing');
  });

  test('a read by POST with _method=get and filters in JSON counts as a read', async () => {
    await company('By filter', { custom_id: 'F-1' });
    const readOnly = bearer(await tenant.issue({ scope: 'read(all)' }));
    const body = JSON.stringify({
      _method: 'get',
      _filters: { custom_id: ['F-1'], _OR: { id_greater_than: [0], standing: ['x'] } },
      _fields: ['website', 'postal_address._ALL'],
    });
    const reply = await tenant.send({
      method: 'POST',
      path: '/api/v0/companies?_page=0&_limit=50',
      headers: { ...readOnly, 'Content-Type': 'application/json' },
      body,
    });
    assert.equal(reply.http, 200, reply.text);
    assert.equal(JSON.parse(reply.text).response.length, 1);
  });

  test('paging goes on until a short page, and far past the end is an empty list', async () => {
    for (let i = 0; i < 25; i++) await company(`Page ${i}`);
    const filter = '_search=page&_filters=order_by_asc(id)';
    const pages = await Promise.all(
      [0, 1, 2, 3, 4_000_000].map((page) =>
        tenant.get(`/api/v0/companies?${filter}&_page=${page}&_limit=10`),
      ),
    );
    assert.deepEqual(
      pages.map(({ json }) => (json.response as Row[]).length),
      [10, 10, 5, 0, 0],
    );
    const all = await tenant.get(`/api/v0/companies?${filter}&_limit=200`);
    assert.equal((all.json.response as Row[]).length, 25);
    const most = await tenant.get(`/api/v0/companies?${filter}&_limit=999999999999999999999`);
    assert.equal((most.json.response as Row[]).length, 25, 'more than 100 is 100, however much more');
    const past = await tenant.get('/api/v0/companies?_page=9007199254740993');
    assert.equal(past.cause, 'parameter.invalid');
    assert.deepEqual((await tenant.get(`/api/v0/companies/count?_search=page`)).json.response, {
      count: '25',
    });
  });

  test('breadcrumbs and inherited links follow what objects are against, with one statement a level', async () => {
    const { id } = await company('Breadcrumb Bakery');
    const type = await tenant.put('job_types', { title: 'Delivery' });
    const job = (
      await tenant.post('/api/v0/jobs', {
        title: 'A job',
        against_type: 'company',
        against_id: String(id),
        manager_id: '1',
        type_id: String(type),
      })
    ).json.response as Row;
    const task = (
      await tenant.post('/api/v0/tasks?_fields=breadcrumbs,company(name),task_job,assignee(),against', {
        title: 'A task',
        against_type: 'job',
        against_id: String(job.id),
        date_started: '1700000000',
      })
    ).json.response as Record<string, unknown>;
    assert.deepEqual(task.breadcrumbs, [
      { id: job.id, table: 'job', title: 'A job' },
      { id, table: 'company', title: 'Breadcrumb Bakery' },
    ]);
    assert.deepEqual(task.company, { id, name: 'Breadcrumb Bakery' });
    assert.equal(task.against, `jobs/${job.id}`);
    assert.deepEqual(task.assignee, { id: '1', firstname: 'Hermes', surname: 'Conrad' });
    const found = await tenant.get(`/api/v0/tasks?_filters=child_of_job(${job.id}),against(job(${job.id}))`);
    assert.equal((found.json.response as Row[]).length, 1);
  });

  test('a progression moves an object, its standing follows, and history is written', async () => {
    const [open, closed] = [
      await tenant.put('issue_statuses', { title: 'Open', standing: 'open', start: 1, ordering: 1 }),
      await tenant.put('issue_statuses', { title: 'Closed', standing: 'closed', ordering: 2 }),
    ];
    const move = await tenant.put('issue_progressions', { title: 'Close', from: open, status: closed });
    const type = await tenant.put('issue_types', { title: 'Support' });
    const { id } = await company('Progress Inc');
    const issue = (
      await tenant.post('/api/v0/issues?_fields=standing,status', {
        title: 'Broken',
        type_id: String(type),
        against_type: 'company',
        against_id: String(id),
      })
    ).json.response as Row;
    assert.equal(issue.standing, 'open');
    const available = (await tenant.get(`/api/v0/issues/${issue.id}/progressions`)).json.response as {
      id: string;
      status: Row;
    }[];
    assert.deepEqual(
      available.map(({ id: each, status }) => [each, status.standing]),
      [[String(move), 'closed']],
    );
    const moved = await tenant.send({
      method: 'PUT',
      path: `/api/v0/issues/${issue.id}/progressions/${move}/auto?_fields=standing`,
      headers: { ...bearer(tenant.token), 'Content-Type': 'application/json' },
    });
    assert.equal(JSON.parse(moved.text).response.standing, 'closed');
    const history = (
      await tenant.get(`/api/v0/progressions/history?_fields=_ALL&_filters=against(issue(${issue.id}))`)
    ).json.response as Row[];
    assert.deepEqual(
      history.map(({ to_title, against_type }) => [to_title, against_type]),
      [['Closed', 'issue']],
    );
  });

  test('private activities exist for their owner only, confidential ones hide their text', async () => {
    const create = async (visibility: string) =>
      (
        await tenant.post('/api/v0/activities', {
          subject: `a ${visibility} matter`,
          body: 'the words',
          visibility,
        })
      ).json.response as Row;
    const [hidden, masked] = [await create('private'), await create('confidential')];
    const other = bearer(await tenant.issue({ staff: tenant.restricted }));
    const seen = async (id: unknown) =>
      tenant.send({ path: `/api/v0/activities/${id}?_fields=body`, headers: other });
    assert.equal((await seen(hidden?.id)).http, 400);
    const word = JSON.parse((await seen(masked?.id)).text).response as Row;
    assert.deepEqual([word.subject, word.body], ['Confidential', 'Confidential']);
    assert.equal(
      ((await tenant.get(`/api/v0/activities/${masked?.id}?_fields=body`)).json.response as Row).body,
      'the words',
    );
    const removal = await tenant.send({
      method: 'DELETE',
      path: `/api/v0/activities/${hidden?.id}`,
      headers: other,
    });
    assert.equal(removal.http, 400, 'what may not be seen may not be removed');
  });

  test('an idempotency key returns the same answer again, also to a concurrent request, and refuses another body', async () => {
    const key = { ...bearer(tenant.token), 'Content-Type': 'application/json', 'Idempotency-Key': 'once' };
    const send = (name: string) =>
      tenant.send({
        method: 'POST',
        path: '/api/v0/companies',
        headers: key,
        body: JSON.stringify({ name }),
      });
    const replies = await Promise.all(Array.from({ length: 5 }, () => send('Only once')));
    assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
    assert.equal(replies[0]?.http, 200, replies[0]?.text);
    const other = await send('Another body');
    assert.equal(other.http, 400);
    assert.match(other.text, /Idempotency-Key/);
    assert.deepEqual((await tenant.get('/api/v0/companies/count?_search=once')).json.response, {
      count: '1',
    });
  });

  test('an idempotency key belongs to one person in one application', async () => {
    const [one, other, elsewhere] = [
      await tenant.issue(),
      await tenant.issue({ staff: tenant.restricted }),
      await tenant.issue({ application: tenant.installed }),
    ];
    const log = async (token: string) => {
      const reply = await tenant.send({
        method: 'POST',
        path: '/api/v0/activities?_fields=owner,subject,visibility',
        ...form({ subject: 'mine' }, { ...bearer(token), 'Idempotency-Key': 'derived-from-content' }),
      });
      assert.equal(reply.http, 200, reply.text);
      return JSON.parse(reply.text).response as { id: string };
    };
    const written = [await log(one), await log(other), await log(elsewhere)];
    assert.equal(new Set(written.map(({ id }) => id)).size, 3, 'each wrote its own');
    assert.deepEqual([await log(one), await log(other), await log(elsewhere)], written);
  });

  test('a request with a refreshed token is the same request under its idempotency key', async () => {
    const ask = (way: 'query' | 'body', token: string, name: string) =>
      tenant.send({
        method: 'POST',
        path: `/api/v0/companies${way === 'query' ? `?_bearer_token=${token}` : ''}`,
        ...form(
          way === 'query' ? { name: `${name} ${way}` } : { name: `${name} ${way}`, _bearer_token: token },
          {
            'Idempotency-Key': `renewed-${way}`,
          },
        ),
      });
    for (const way of ['query', 'body'] as const) {
      const first = await ask(way, await tenant.issue(), 'Renewed');
      assert.equal(first.http, 200, first.text);
      assert.equal((await ask(way, await tenant.issue(), 'Renewed')).text, first.text, way);
      assert.equal((await ask(way, await tenant.issue(), 'Another')).http, 400, 'the rest still counts');
    }
  });

  test('a preflight names the origin that an application lists, and no other', async () => {
    const { store } = world.server.world;
    await store.within((writing) =>
      writing.update(
        tenant.deployment.id,
        'applications',
        { id: tenant.installed.application.id },
        { allow_domains: '["app.example.com"]' },
      ),
    );
    const preflight = (origin: string, query = '') =>
      tenant.send({ method: 'OPTIONS', path: `/api/v0/companies${query}`, headers: { Origin: origin } });
    assert.equal(
      (await preflight('https://app.example.com')).headers['access-control-allow-origin'],
      'https://app.example.com',
    );
    assert.equal((await preflight('https://evil.example')).headers['access-control-allow-origin'], undefined);
    // The address is that of the request which is to follow.
    for (const query of ['?_method=get', '?_method=DELETE&_fields=name', '?_method=nonsense']) {
      const { http, headers } = await preflight('https://app.example.com', query);
      assert.equal(http, 200, query);
      assert.match(headers['access-control-allow-methods'] ?? '', /\bPOST\b/, query);
    }
  });

  test('names nothing defines are ignored; HEAD has no body; both base paths and suffixes serve', async () => {
    assert.equal(
      (
        await tenant.get(
          '/public_api/v0/companies?_order_by=x&_fields=undefined,website(),%20phone&_filters=',
        )
      ).http,
      200,
    );
    const head = await tenant.send({
      method: 'HEAD',
      path: '/api/v0/companies',
      headers: bearer(tenant.token),
    });
    assert.deepEqual([head.http, head.text], [200, '']);
    assert.equal((await tenant.get('/api/v0/companies.json')).http, 200);
    const empty = await tenant.send({
      path: '/api/v0/companies',
      headers: { ...bearer(tenant.token), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: '{}',
    });
    assert.equal(empty.http, 200);
  });
});
