import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { isSigned } from '../../client/src/signature.ts';
import { pruneOne } from '../../src/webhooks/prune.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Receiver, startReceiver } from '../harness/receiver.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

const path = '/api/v0/webhooks/subscriptions';
const form = 'application/x-www-form-urlencoded';

onEveryEngine('webhooks', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let receiver: Receiver;
  before(async () => {
    world = await startWorld(engine, {
      'admin-listen': '127.0.0.1:0',
      'webhook-allow-private': true,
      'webhook-timeout': '400',
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  beforeEach(async () => {
    tenant = await world.tenant();
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const subscribe = async (event: string, more: Record<string, string> = {}): Promise<Row> => {
    const reply = await tenant.post(path, { trigger_url: `${receiver.url}/hook`, event_id: event, ...more });
    assert.equal(reply.http, 200, reply.text);
    return (reply.json.response as { subscription: Row }).subscription;
  };
  const created = async (title: string): Promise<string> => {
    const company = await tenant.put('companies', { name: title });
    const reply = await tenant.post('/api/v0/tasks', {
      title,
      against_type: 'company',
      against_id: String(company),
      date_started: '1700000000',
    });
    assert.equal(reply.http, 200, reply.text);
    return (reply.json.response as Row).id as string;
  };
  const ids = (): string[] =>
    receiver.arrived.map(({ body }) => new URLSearchParams(String(body)).get('id') ?? '');
  const stored = (table: string, columns: readonly string[]) =>
    world.server.world.store.list(tenant.deployment.id, { table, columns, limit: 1_000 });
  const deliveries = () =>
    stored('webhook_deliveries', ['id', 'state', 'attempts', 'http', 'problem', 'date_due']);
  /** Waits until what is kept is as wanted; `false` never comes. */
  const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 1_000; tries++) {
      if (await holds()) return;
      await new Promise((resume) => setTimeout(resume, 10));
    }
    assert.fail(`it never came: ${JSON.stringify(await deliveries())}`);
  };
  const settled = (count: number, state: string) =>
    eventually(async () => (await deliveries()).filter((row) => row.state === state).length === count);
  /** As long as anything that is not to come would take. */
  const calm = () => new Promise((resume) => setTimeout(resume, 600));

  test('a subscription is created, listed, and deleted; the secret is never told', async () => {
    const made = await subscribe('create_task', { secret: 'bender-is-great' });
    assert.deepEqual(made, {
      subscription_id: made.subscription_id,
      event_id: 'create_task',
      trigger_table: 'task',
      trigger_type: 'create',
      trigger_url: `${receiver.url}/hook`,
      content_type: form,
      user_deployment: tenant.deployment.name,
      user_id: String(tenant.admin),
      date_disabled: null,
      disabled_because: null,
      user: { id: String(tenant.admin), name: 'Hermes Conrad', email: 'hermes@example.com' },
    });
    const { user, ...listed } = made;
    const list = await tenant.get(`${path}?_fields=_ALL,secret`);
    assert.deepEqual(list.json.response, { subscriptions: [listed], subscriptions_users: [user] });
    assert.ok(!list.text.includes('bender'));
    const other = bearer(await tenant.issue({ staff: tenant.restricted }));
    const theirs = await tenant.send({ path, headers: other });
    assert.deepEqual(JSON.parse(theirs.text).response, { subscriptions: [], subscriptions_users: [] });
    const one = `${path}/${made.subscription_id}`;
    for (const [method, below] of [
      ['DELETE', ''],
      ['POST', '/trigger'],
      ['POST', '/dispatch'],
    ] as const) {
      const reply = await tenant.send({ method, path: `${one}${below}?object_id=1`, headers: other });
      assert.equal(reply.http, 400, "another person's subscription does not exist");
    }
    const gone = await tenant.api('DELETE', one);
    assert.deepEqual([gone.http, gone.json.response], [200, null]);
    assert.equal((await tenant.api('DELETE', one)).cause, 'object.missing');
    assert.deepEqual(await stored('webhook_subscriptions', ['id']), []);
  });

  test('the types are those of the catalogue', async () => {
    const { types } = (await tenant.get(`${path}/types`)).json.response as { types: Row[] };
    assert.deepEqual(
      types.filter(({ trigger_table }) => trigger_table === 'task'),
      [
        {
          event_id: 'assign_task',
          event_title: 'Task assigned',
          trigger_table: 'task',
          trigger_type: 'update',
        },
        {
          event_id: 'unassign_task',
          event_title: 'Task unassigned',
          trigger_table: 'task',
          trigger_type: 'update',
        },
        {
          event_id: 'create_task',
          event_title: 'Task created',
          trigger_table: 'task',
          trigger_type: 'create',
        },
      ],
    );
  });

  test('what cannot be subscribed to is refused, by name, and nothing is written', async () => {
    const good = { trigger_url: 'https://example.com/hook', event_id: 'create_task' };
    const bad: readonly [Record<string, string>, string, RegExp][] = [
      [{ event_id: 'create_task' }, 'parameter.missing', /trigger_url/],
      [{ trigger_url: good.trigger_url }, 'parameter.missing', /event_id/],
      [{ ...good, event_id: 'monkeys' }, 'parameter.invalid', /event_id.*create_task/],
      [{ ...good, trigger_url: 'ftp://example.com' }, 'parameter.invalid', /trigger_url/],
      [{ ...good, trigger_url: 'file:///etc/passwd' }, 'parameter.invalid', /trigger_url/],
      [{ ...good, trigger_url: 'nowhere' }, 'parameter.invalid', /trigger_url/],
      [{ ...good, trigger_url: 'http:example.com' }, 'parameter.invalid', /trigger_url/],
      [{ ...good, trigger_url: 'https://example.com/\r\nX: y' }, 'parameter.invalid', /trigger_url/],
      [{ ...good, trigger_url: 'https://a:b@example.com/' }, 'parameter.invalid', /trigger_url/],
      [
        { ...good, trigger_url: `https://example.com/${'x'.repeat(3_000)}` },
        'parameter.invalid',
        /trigger_url/,
      ],
      [{ ...good, content_type: 'text/plain' }, 'parameter.invalid', /content_type/],
      [{ ...good, secret: 's'.repeat(500_000) }, 'parameter.invalid', /secret/],
    ];
    for (const [values, cause, said] of bad) {
      const reply = await tenant.post(path, values);
      assert.equal(reply.cause, cause, JSON.stringify(values).slice(0, 200));
      assert.match(reply.json.meta.message ?? '', said);
    }
    const huge = await tenant.post(path, { ...good, secret: 's'.repeat(10_000_000) }).catch(() => undefined);
    if (huge) assert.equal(huge.json.meta.status, 'invalid_request');
    const narrow = bearer(await tenant.issue({ scope: 'write(webhooks)' }));
    const reply = await tenant.send({
      method: 'POST',
      path,
      headers: { ...narrow, 'Content-Type': form },
      body: new URLSearchParams(good).toString(),
    });
    assert.equal(JSON.parse(reply.text).meta.status, 'invalid_scope');
    assert.deepEqual(await stored('webhook_subscriptions', ['id']), []);
  });

  test('a form is posted with the headers of the event, and a signature of its exact bytes', async () => {
    await subscribe('create_task', { secret: 'good news' });
    const id = await created('Deliver a package');
    await receiver.until(1);
    const [{ headers, names, body, path: hook } = assert.fail()] = receiver.arrived;
    assert.equal(hook, '/hook');
    const url = `http://${tenant.host}/api/v0/tasks/${id}`;
    assert.equal(String(body), new URLSearchParams({ id, resource_url: url }).toString());
    assert.equal(headers['content-type'], form);
    assert.equal(headers['x-accelo-event'], 'create_task');
    assert.ok(names.includes('X-Accelo-Event') && names.includes('X-Hub-Signature'), names.join());
    const hex = (algorithm: string) => createHmac(algorithm, 'good news').update(body).digest('hex');
    assert.equal(headers['x-hub-signature'], `sha1=${hex('sha1')}`);
    assert.equal(headers['x-hub-signature-256'], `sha256=${hex('sha256')}`);
    const signed = { body: new Uint8Array(body), headers: new Headers(headers as Record<string, string>) };
    assert.deepEqual(
      [await isSigned(signed, 'good news'), await isSigned(signed, 'bad news')],
      [true, false],
      'as the SDK reads it',
    );
    await settled(1, 'delivered');
    assert.equal((await tenant.get(new URL(url).pathname)).http, 200);
  });

  test('JSON when subscribed so; without a secret there is no signature', async () => {
    await subscribe('create_task', { content_type: 'application/json' });
    const id = await created('Deliver');
    await receiver.until(1);
    const [{ headers, body } = assert.fail()] = receiver.arrived;
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(String(body)), {
      id,
      resource_url: `http://${tenant.host}/api/v0/tasks/${id}`,
    });
    assert.equal(headers['x-hub-signature'], undefined);
  });

  test('each event is told for what it is about, once, and nothing without a subscription', async () => {
    for (const event of ['assign_task', 'unassign_task', 'update_issue', 'update_contact', 'delete_activity'])
      await subscribe(event, { trigger_url: `${receiver.url}/${event}` });
    const task = await created('Nobody has subscribed to this');
    const said: string[] = [];
    const put = async (at: string, values: Record<string, string>, ...events: string[]) => {
      assert.equal((await tenant.api('PUT', at, values)).http, 200);
      said.push(...events);
    };
    const of = `/api/v0/tasks/${task}`;
    await put(of, { title: 'Another title' });
    await put(of, { assignee_id: String(tenant.admin) });
    await put(of, { assignee_id: String(tenant.restricted) }, 'assign_task');
    await put(of, { assignee_id: '' }, 'assign_task', 'unassign_task');
    const company = await tenant.put('companies', { name: 'Slurm' });
    const issue = await tenant.put('issues', {
      title: 'Broken',
      against_type: 'company',
      against_id: company,
    });
    await put(`/api/v0/issues/${issue}`, { title: 'Still broken' }, 'update_issue');
    const contact = await tenant.put('contacts', { firstname: 'Zapp', surname: 'Brannigan' });
    assert.equal((await tenant.api('DELETE', `/api/v0/contacts/${contact}`)).http, 200);
    const activity = await tenant.put('activities', { subject: 'x', visibility: 'all' });
    assert.equal((await tenant.api('DELETE', `/api/v0/activities/${activity}`)).http, 200);
    said.push('update_contact', 'delete_activity');
    await receiver.until(said.length);
    await calm();
    assert.deepEqual(receiver.arrived.map(({ headers }) => headers['x-accelo-event']).sort(), said.sort());
    assert.deepEqual(receiver.arrived.map(({ path: at }) => at.slice(1)).sort(), said.sort());
    assert.deepEqual(await stored('webhook_events', ['id']), [], 'the outbox is empty');
  });

  test('of changes to the same value at the same time one is told', async () => {
    await subscribe('assign_task');
    const task = await created('Everybody at once');
    const assign = () =>
      tenant.api('PUT', `/api/v0/tasks/${task}`, { assignee_id: String(tenant.restricted) });
    for (const { http } of await Promise.all(Array.from({ length: 12 }, assign))) assert.equal(http, 200);
    await receiver.until(1);
    await calm();
    assert.equal(receiver.arrived.length, 1);
  });

  test('a write that is refused tells nobody, and a subscription hears nothing from before it', async () => {
    await subscribe('create_issue', { trigger_url: `${receiver.url}/before` });
    const company = String(await tenant.put('companies', { name: 'Mom' }));
    const type = String(await tenant.put('issue_types', { title: 'Support' }));
    const issue = {
      type_id: type,
      against_type: 'company',
      against_id: company,
      custom_id: 'I-1',
      title: 'One',
    };
    const send = () => tenant.post('/api/v0/issues', issue);
    assert.equal((await send()).http, 200);
    assert.equal((await send()).cause, 'custom_id.taken');
    await subscribe('create_issue', { trigger_url: `${receiver.url}/after` });
    await receiver.until(1);
    await calm();
    assert.deepEqual(
      receiver.arrived.map(({ path: at }) => at),
      ['/before'],
    );
  });

  test('a subscription that was loaded is delivered to as any other', async () => {
    const values = {
      event_id: 'create_task',
      trigger_url: receiver.url,
      user: tenant.admin,
      base_url: 'http://x.test',
    };
    await tenant.put('webhook_subscriptions', values);
    const id = await created('one');
    await receiver.until(1);
    assert.match(
      String(receiver.arrived[0]?.body),
      new RegExp(`^id=${id}&resource_url=http%3A%2F%2Fx.test%2F`),
    );
  });

  test('nobody is told of what they may not see', async () => {
    const other = bearer(await tenant.issue({ staff: tenant.restricted }));
    for (const [headers, at] of [
      [other, '/other'],
      [bearer(tenant.token), '/own'],
    ] as const) {
      const body = new URLSearchParams({ trigger_url: receiver.url + at, event_id: 'delete_activity' });
      const reply = await tenant.send({
        method: 'POST',
        path,
        headers: { ...headers, 'Content-Type': form },
        body: body.toString(),
      });
      assert.equal(reply.http, 200, reply.text);
    }
    const remove = async (visibility: string) => {
      const reply = await tenant.post('/api/v0/activities', { subject: 'x', body: 'x', visibility });
      const { id } = reply.json.response as Row;
      assert.equal((await tenant.api('DELETE', `/api/v0/activities/${id}`)).http, 200);
    };
    await remove('private');
    await remove('all');
    await receiver.until(3);
    await calm();
    assert.deepEqual(receiver.arrived.map(({ path: at }) => at).sort(), ['/other', '/own', '/own']);
    const { store } = world.server.world;
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'staff', { id: tenant.restricted }, { standing: 'inactive' }),
    );
    await remove('all');
    await settled(1, 'withheld');
    assert.equal(receiver.arrived.filter(({ path: at }) => at === '/other').length, 1);
  });

  test('a receiver that fails, hangs or redirects gets it again, in order, and later', async (t) => {
    await subscribe('create_task');
    const elsewhere = await startReceiver();
    t.after(() => elsewhere.stop());
    const failures = [
      (end: (status: number) => void) => end(500),
      () => {},
      (_: unknown, redirect: () => void) => redirect(),
    ];
    receiver.answer = (response, _, at) => {
      const fail = failures[at];
      const end = (status: number) => response.writeHead(status).end();
      const redirect = () => response.writeHead(307, { Location: elsewhere.url }).end();
      if (fail) fail(end, redirect);
      else end(200);
    };
    const first = await created('first');
    const second = await created('second');
    for (let tries = 1; tries <= failures.length; tries++) {
      await receiver.until(tries);
      await eventually(async () => (await deliveries())[0]?.attempts === tries);
      const [head, next] = await deliveries();
      assert.equal(head?.state, 'waiting');
      assert.equal(next?.attempts ?? 0, 0, 'the next one waits its turn');
      const pause = (head?.date_due as number) - world.now;
      assert.ok(
        pause >= 5 * 2 ** (tries - 1) && pause <= 10 * 2 ** (tries - 1),
        `pause ${tries}: ${pause} s`,
      );
      world.now += pause;
    }
    await receiver.until(5);
    await settled(2, 'delivered');
    assert.deepEqual(ids(), [first, first, first, first, second]);
    const problems = (await deliveries()).map(({ http, problem }) => [http, problem]);
    assert.deepEqual(problems, [
      [200, null],
      [200, null],
    ]);
    assert.equal(elsewhere.arrived.length, 0, 'a redirect is not followed');
  });

  test('an answer without an end counts by its status, and does not hold anybody up for long', async () => {
    await subscribe('create_task');
    receiver.answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 5);
      response.on('close', () => clearInterval(timer));
    };
    await created('one');
    await created('two');
    await settled(2, 'delivered');
  });

  test('410 ends the subscription at once', async () => {
    await subscribe('create_task');
    await subscribe('create_task', { trigger_url: `${receiver.url}/stays` });
    receiver.answer = (response, { path: at }) => response.writeHead(at === '/hook' ? 410 : 200).end();
    await created('one');
    await settled(1, 'gone');
    await created('two');
    await receiver.until(3);
    await settled(2, 'delivered');
    const { subscriptions } = (await tenant.get(path)).json.response as { subscriptions: Row[] };
    assert.deepEqual(
      subscriptions.map(({ trigger_url }) => trigger_url),
      [`${receiver.url}/stays`],
    );
  });

  test('one that fails again and again is given up, and too many failures disable the subscription', async () => {
    const { subscription_id } = await subscribe('create_task');
    receiver.answer = (response) => response.writeHead(503).end();
    for (const title of ['one', 'two', 'three', 'four']) await created(title);
    for (let tries = 1; tries <= 30; tries++) {
      await receiver.until(tries);
      await eventually(
        async () =>
          (await deliveries()).reduce((sum, { attempts }) => sum + (attempts as number), 0) >= tries,
      );
      world.now += 3_600;
    }
    const listed = () => tenant.get(path).then(({ json }) => json.response as { subscriptions: Row[] });
    await eventually(async () => (await listed()).subscriptions[0]?.date_disabled !== null);
    await calm();
    assert.equal(receiver.arrived.length, 30);
    assert.deepEqual(
      (await deliveries()).map(({ state }) => state),
      ['failed', 'failed', 'failed', 'waiting'],
    );
    const [told] = (await listed()).subscriptions;
    assert.match(told?.disabled_because ?? '', /30 tries in a row failed.*503/);
    await created('nobody is told of this one');
    assert.deepEqual(await stored('webhook_events', ['id']), []);
    assert.equal((await tenant.api('DELETE', `${path}/${subscription_id}`)).http, 200);
    assert.equal((await deliveries()).filter(({ state }) => state === 'waiting').length, 0);
  });

  test('a trigger goes to all who have subscribed, a dispatch to this one, with its status', async () => {
    const { subscription_id } = await subscribe('create_task');
    await subscribe('create_task', { trigger_url: `${receiver.url}/another` });
    const task = await tenant.put('tasks', { title: 'put past the API: nobody is told' });
    const one = `${path}/${subscription_id}`;
    const triggered = await tenant.post(`/api/v0/webhooks/subscription/${subscription_id}/trigger`, {
      object_id: String(task),
    });
    assert.deepEqual([triggered.http, triggered.json.response], [200, null]);
    await receiver.until(2);
    assert.deepEqual(receiver.arrived.map(({ path: at }) => at).sort(), ['/another', '/hook']);
    assert.deepEqual(ids(), [String(task), String(task)]);
    receiver.answer = (response) => response.writeHead(202).end();
    const dispatch = (values: Record<string, string>) => tenant.post(`${one}/dispatch`, values);
    assert.deepEqual((await dispatch({ object_id: String(task) })).json.response, { status: 202 });
    assert.deepEqual(
      receiver.arrived.slice(2).map(({ path: at }) => at),
      ['/hook'],
    );
    assert.equal((await dispatch({})).cause, 'parameter.missing');
    assert.equal((await dispatch({ object_id: 'x' })).cause, 'parameter.invalid');
    assert.equal((await dispatch({ object_id: '4242' })).cause, 'parameter.invalid');
    assert.equal((await tenant.post(`${one}/trigger`, { object_id: '4242' })).cause, 'parameter.invalid');
    await receiver.stop();
    assert.deepEqual((await dispatch({ object_id: String(task) })).json.response, { status: null });
  });

  test('a dispatch with an idempotency key is posted once, and a 410 ends the subscription', async () => {
    const { subscription_id } = await subscribe('create_task');
    const task = await tenant.put('tasks', { title: 'x' });
    const send = (key: string) =>
      tenant.send({
        method: 'POST',
        path: `${path}/${subscription_id}/dispatch`,
        headers: { ...bearer(tenant.token), 'Content-Type': form, 'Idempotency-Key': key },
        body: `object_id=${task}`,
      });
    const [first, second] = [await send('once'), await send('once')];
    assert.equal(first.text, second.text);
    assert.equal(receiver.arrived.length, 1);
    receiver.answer = (response) => response.writeHead(410).end();
    assert.deepEqual(JSON.parse((await send('gone')).text).response, { status: 410 });
    assert.deepEqual(await stored('webhook_subscriptions', ['id']), []);
  });

  test('the log is bounded by age and by number; what waits is never pruned', async () => {
    const { store } = world.server.world;
    const { id } = tenant.deployment;
    await store.within(async (writing) => {
      for (let number = 1; number <= 1_200; number++) {
        await writing.insert(id, 'webhook_deliveries', {
          id: number,
          subscription_id: 1,
          event_id: 'create_task',
          object_id: 1,
          state: number > 1_190 ? 'waiting' : 'delivered',
          attempts: 1,
          date_created: 1,
          date_due: 1,
          date_finished: number > 1_190 ? null : world.now - 86_400 + number,
        });
      }
    });
    assert.equal(await pruneOne(store, id, 7, world.now), 0);
    assert.equal(await pruneOne(store, id, 7, world.now, 100), 1_089, 'the one at the bound stays');
    assert.equal(await pruneOne(store, id, 7, world.now + 8 * 86_400), 101);
    assert.equal((await deliveries()).length, 10);
  });

  test('the metrics count deliveries by what came of them', async () => {
    await subscribe('create_task');
    await created('one');
    await settled(1, 'delivered');
    const metrics = await fetch(`${world.server.adminUrl}/metrics`);
    assert.match(await metrics.text(), /accord_webhook_deliveries_total\{result="delivered"\} [1-9]/);
  });
});

onEveryEngine('webhooks to addresses that are not public', (engine) => {
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

  test('are refused where they can be seen, and at the connection where they cannot', async (t) => {
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '10.1.2.3',
      '192.168.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '224.0.0.1',
      '[::1]',
      '[::]',
      '[fe80::1]',
      '[fd00::1]',
      '[ff02::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:8.8.8.8]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      'localhost',
      'x.localhost',
    ]) {
      const reply = await tenant.post(path, { trigger_url: `http://${host}/`, event_id: 'create_task' });
      assert.equal(reply.cause, 'parameter.invalid', host);
      assert.match(reply.json.meta.message ?? '', /trigger_url.*public/);
    }
    const receiver = await startReceiver();
    t.after(() => receiver.stop());
    const task = await tenant.put('tasks', { title: 'x' });
    // Past the API: a name that resolves to loopback, and an address that was allowed once.
    for (const [id, host] of [
      [71, 'localhost'],
      [72, '127.0.0.1'],
    ] as const) {
      const values = {
        id,
        event_id: 'create_task',
        trigger_url: `http://${host}:${receiver.port}/`,
        user: tenant.admin,
        base_url: 'http://x.api.localhost',
      };
      await tenant.put('webhook_subscriptions', values);
      const reply = await tenant.post(`${path}/${id}/dispatch`, { object_id: String(task) });
      assert.deepEqual(reply.json.response, { status: null });
    }
    const rows = await world.server.world.store.list(tenant.deployment.id, {
      table: 'webhook_deliveries',
      columns: ['problem'],
      limit: 9,
    });
    assert.equal(rows.length, 2);
    for (const { problem } of rows) assert.match(String(problem), /no public address/);
    assert.equal(receiver.arrived.length, 0);
  });
});
