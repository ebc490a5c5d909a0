import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

onEveryEngine('signoffs', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let job: number;
  let affiliation: number;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    job = await tenant.put('jobs', { title: 'Deliver to Omicron Persei 8' });
    const contact = await tenant.put('contacts', { firstname: 'Lrrr', surname: 'of Omicron' });
    affiliation = await tenant.put('affiliations', { contact, email: 'lrrr@example.com' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const draft = (more: Record<string, string | number> = {}): Promise<number> =>
    tenant.put('signoffs', {
      subject: 'Creating things',
      body: 'Finish <b>them</b>\n& tell',
      against_type: 'job',
      against_id: job,
      created_by: tenant.admin,
      ...more,
    });

  const addRecipient = async (signoff: number, type: string, id: number): Promise<Row> => {
    const reply = await tenant.post('/api/v0/signoffs/recipient?_fields=_ALL', {
      signoff_id: String(signoff),
      recipient_type: type,
      recipient_id: String(id),
      approver: '1',
    });
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response as Row;
  };

  const post = (path: string): Promise<Read> => tenant.api('POST', `/api/v0/signoffs/${path}`);

  async function changesNothing(work: () => Promise<Read>, cause: string): Promise<Read> {
    const rows = await contents(tenant);
    const reply = await work();
    assert.equal(reply.cause, cause, reply.text);
    assert.deepEqual(await contents(tenant), rows);
    return reply;
  }

  test('a signoff is read with everything the reference says', async () => {
    const id = await draft({ date_expires: 1_900_000_000 });
    const all = (await tenant.get(`/api/v0/signoffs/${id}?_fields=_ALL,created_by(username)`)).json.response;
    assert.deepEqual(all, {
      id: String(id),
      subject: 'Creating things',
      standing: 'draft',
      requires: 'any',
      against_type: 'job',
      against_id: String(job),
      against: `jobs/${job}`,
      date_created: String(world.now),
      date_updated: String(world.now),
      date_expires: '1900000000',
      standing_colour: 'yellow',
      standing_color: 'yellow',
      body: 'Finish <b>them</b>\n& tell',
      preview_body: 'Finish <b>them</b> & tell',
      html_body: 'Finish &lt;b&gt;them&lt;/b&gt;<br>&amp; tell',
      created_by: { ...((all as Record<string, unknown>).created_by as object), username: 'hermes' },
      created_by_id: String(tenant.admin),
      permissions: { can_redraft: 0, can_send: 1, can_edit: 1 },
    } as never);
    assert.deepEqual((await tenant.get(`/api/v0/signoffs/${id}`)).json.response, {
      id: String(id),
      subject: 'Creating things',
    } as never);
    const xml = await tenant.send({
      path: `/api/v0/signoffs/${id}.xml?_fields=permissions`,
      headers: bearer(tenant.token),
    });
    assert.equal(xml.http, 200);
    assert.match(xml.text, /can_send/);
    const trail = await tenant.get(`/api/v0/signoffs/${id}?_fields=breadcrumbs`);
    assert.deepEqual((trail.json.response as { breadcrumbs: Row[] }).breadcrumbs[0], {
      id: String(job),
      table: 'job',
      title: 'Deliver to Omicron Persei 8',
    });
  });

  test('lists: filters, dates, orders, search, empty, counts', async () => {
    const mark = 'Kif';
    const early = await draft({
      subject: `${mark} b`,
      date_created: 1_000,
      date_expires: 5_000,
      requires: 'all',
    });
    const late = await draft({ subject: `${mark} a`, date_created: 9_000, standing: 'sent' });
    const ids = async (query: string) => {
      const reply = await tenant.get(`/api/v0/signoffs?_search=${mark}&_filters=${query}`);
      assert.equal(reply.http, 200, reply.text);
      return (reply.json.response as Row[]).map(({ id }) => Number(id));
    };
    assert.deepEqual(await ids('standing(sent)'), [late]);
    assert.deepEqual(await ids('requires(all)'), [early]);
    assert.deepEqual(await ids('created_before(2000)'), [early]);
    assert.deepEqual(await ids('created_after(2000)'), [late]);
    assert.deepEqual(await ids('expires_after(1)'), [early]);
    assert.deepEqual(await ids('updated_after(1),order_by_asc(subject)'), [late, early]);
    assert.deepEqual(await ids('order_by_desc(date_created)'), [late, early]);
    assert.deepEqual(await ids('empty(date_expires)'), [late]);
    assert.deepEqual(await ids('empty(body)'), []);
    assert.deepEqual(await ids('empty(against)'), []);
    assert.deepEqual(await ids(`against(job(${job})),id_greater_than(${early})`), [late]);
    assert.deepEqual(await ids(`created_by(${tenant.admin}),against_type(job),against_id(${job})`), [
      early,
      late,
    ]);
    assert.deepEqual(
      (await tenant.get(`/api/v0/signoffs/count?_search=${mark}&_filters=standing(draft)`)).json.response,
      { count: '1' },
    );
    for (const [none, ignored] of [
      ['empty(permissions)', 'empty(permissions)'],
      ['permissions(1)', 'permissions'],
      ['order_by_asc(body)', 'order_by_asc(body)'],
    ] as const) {
      const { headers } = await tenant.get(`/api/v0/signoffs?_filters=${none}`);
      assert.equal(headers['x-status-ignored'], ignored);
    }
    assert.deepEqual(await ids('standing(open)'), []);
  });

  test('the body of a draft changes, by either path, and nothing else does', async () => {
    const id = await draft();
    world.now += 60;
    for (const path of [`signoff/${id}`, `${id}`]) {
      const reply = await tenant.api('PUT', `/api/v0/signoffs/${path}?_fields=_ALL`, {
        body: `by ${path}`,
        subject: 'not this',
        standing: 'approved',
      });
      const { body, subject, standing, date_updated } = reply.json.response as Row;
      assert.deepEqual(
        [body, subject, standing, date_updated],
        [`by ${path}`, 'Creating things', 'draft', String(world.now)],
      );
    }
    assert.equal(
      (await tenant.api('PUT', '/api/v0/signoffs/signoff/424242', { body: 'x' })).cause,
      'object.missing',
    );
  });

  test('recipients: made, listed, counted, told apart, removed', async () => {
    const id = await draft();
    const made = await addRecipient(id, 'affiliation', affiliation);
    assert.deepEqual(made, {
      id: made.id as string,
      signoff_id: String(id),
      recipient_type: 'affiliation',
      recipient_id: String(affiliation),
      response: 'pending',
      date_responded: null,
      recipient: {
        type: 'affiliation',
        id: String(affiliation),
        name: 'Lrrr of Omicron',
        email: 'lrrr@example.com',
      } as never,
      approver: '1',
    });
    const staff = await addRecipient(id, 'staff', tenant.admin);
    assert.deepEqual(staff.recipient, {
      type: 'staff',
      id: String(tenant.admin),
      name: 'Hermes Conrad',
      email: 'hermes@example.com',
    } as never);
    const again = { signoff_id: String(id), recipient_type: 'staff', recipient_id: String(tenant.admin) };
    const twice = await changesNothing(
      () => tenant.post('/api/v0/signoffs/recipients', again),
      'recipient_id.taken',
    );
    assert.equal(twice.json.meta.status, 'duplicate');
    const wrong: [Record<string, string>, string][] = [
      [{ ...again, recipient_id: '424242' }, 'parameter.invalid'],
      [{ ...again, recipient_type: 'contact' }, 'parameter.invalid'],
      [{ ...again, signoff_id: '424242' }, 'parameter.invalid'],
      [{ signoff_id: String(id), recipient_id: '1' }, 'parameter.missing'],
    ];
    for (const [body, cause] of wrong)
      await changesNothing(() => tenant.post('/api/v0/signoffs/recipient', body), cause);
    const listed = async (query: string) =>
      (
        (await tenant.get(`/api/v0/signoffs/recipients?_filters=signoff_id(${id}),${query}`)).json
          .response as Row[]
      ).map((row) => row.id);
    assert.deepEqual(await listed('recipient_type(staff)'), [staff.id]);
    assert.deepEqual(await listed('response(pending),approver(1),order_by_desc(id)'), [staff.id, made.id]);
    assert.deepEqual(await listed('empty(date_responded),order_by_asc(date_responded)'), [made.id, staff.id]);
    assert.deepEqual(await listed('responded_after(1)'), []);
    assert.deepEqual(
      (await tenant.get(`/api/v0/signoffs/recipients/count?_filters=signoff_id(${id})`)).json.response,
      { count: '2' },
    );
    const read = await tenant.get(`/api/v0/signoffs/recipients/${made.id}?_fields=signoff_id(subject)`);
    assert.equal(
      (read.json.response as unknown as { signoff_id: Row }).signoff_id.subject,
      'Creating things',
    );
    assert.equal((await tenant.api('DELETE', `/api/v0/signoffs/recipients/${made.id}`)).json.response, null);
    assert.deepEqual(await listed('id_greater_than(0)'), [staff.id]);
  });

  test('only the recipient answers, and only while it is a draft', async () => {
    const id = await draft();
    const [mine, theirs] = [
      await addRecipient(id, 'staff', tenant.admin),
      await addRecipient(id, 'staff', tenant.restricted),
    ];
    const put = (row: Row, body: unknown) =>
      tenant.api('PUT', `/api/v0/signoffs/recipients/${row.id}?_fields=_ALL`, body);
    world.now += 5;
    const answered = (await put(mine, { response: 'approved' })).json.response as Row;
    assert.deepEqual([answered.response, answered.date_responded], ['approved', String(world.now)]);
    assert.equal(((await put(mine, { approver: 0 })).json.response as Row).approver, '0');
    await changesNothing(() => put(theirs, { response: 'approved' }), 'permission.lacking');
    await changesNothing(() => put(mine, { response: 'maybe' }), 'parameter.invalid');
    await changesNothing(() => put({ id: '424242' }, { response: 'approved' }), 'object.missing');
    assert.equal((await post(`${id}/send`)).http, 200);
    await changesNothing(() => put(mine, { response: 'declined' }), 'permission.lacking');
  });

  test('send and redraft, once each', async () => {
    const id = await draft();
    await changesNothing(() => post(`${id}/send`), 'parameter.invalid');
    const recipient = await addRecipient(id, 'staff', tenant.admin);
    await tenant.api('PUT', `/api/v0/signoffs/recipients/${recipient.id}`, { response: 'declined' });
    await changesNothing(() => post(`${id}/redraft`), 'permission.lacking');
    const sends = await Promise.all([1, 2, 3].map(() => post(`${id}/send?_fields=standing,permissions`)));
    const [sent, ...refused] = sends.toSorted((a, b) => a.http - b.http);
    assert.deepEqual(sent?.json.response, {
      id: String(id),
      subject: 'Creating things',
      standing: 'sent',
      permissions: { can_redraft: 1, can_send: 0, can_edit: 0 },
    } as never);
    for (const each of refused) assert.equal(each.cause, 'permission.lacking');
    const logged = await tenant.get(
      `/api/v0/activities?_filters=against(job(${job})),medium(event_log),order_by_desc(id)&_limit=1`,
    );
    assert.equal((logged.json.response as Row[])[0]?.subject, 'Signoff sent: Creating things');
    await changesNothing(
      () => tenant.api('PUT', `/api/v0/signoffs/${id}`, { body: 'too late' }),
      'permission.lacking',
    );
    const redrafted = await post(`${id}/redraft?_fields=standing`);
    assert.equal((redrafted.json.response as Row).standing, 'draft');
    const asked = await tenant.get(`/api/v0/signoffs/recipients/${recipient.id}?_fields=date_responded`);
    assert.deepEqual(
      [(asked.json.response as Row).response, (asked.json.response as Row).date_responded],
      ['pending', null],
    );
    const expired = await draft({ date_expires: world.now - 1 });
    await addRecipient(expired, 'staff', tenant.admin);
    await changesNothing(() => post(`${expired}/send`), 'parameter.invalid');
    await changesNothing(() => post('424242/send'), 'object.missing');
  });

  const attach = (id: number | string, token = tenant.token, name = 'resource'): Promise<Reply> => {
    const { headers, body } = multipart({
      name,
      filename: 'plan.pdf',
      type: 'application/pdf',
      content: '%PDF',
    });
    return tenant.send({
      method: 'POST',
      path: `/api/v0/signoffs/${id}/attachments`,
      headers: { ...bearer(token), ...headers },
      body,
    });
  };

  test('attachments: uploaded, listed, read, switched off, downloaded', async () => {
    const id = await draft();
    const reply = await attach(id);
    assert.equal(reply.http, 200, reply.text);
    const { resource } = JSON.parse(reply.text).response as { resource: Row };
    assert.deepEqual(
      [resource.title, resource.size, resource.mimetype],
      ['plan.pdf', '4', 'application/pdf'],
    );
    assert.equal((await attach(id, tenant.token, 'file')).http, 200);
    const filter = `_filters=signoff_id(${id})`;
    const listed = (await tenant.get(`/api/v0/signoffs/attachments?${filter}&_fields=_ALL,breadcrumbs`)).json
      .response as Row[];
    assert.deepEqual(listed[0], {
      id: listed[0]?.id as string,
      signoff_id: String(id),
      resource: resource.id as string,
      resource_id: resource.id as string,
      standing: 'active',
      activity_id: null,
      breadcrumbs: [
        { id: String(id), table: 'signoff', title: 'Creating things' },
        { id: String(job), table: 'job', title: 'Deliver to Omicron Persei 8' },
      ] as never,
    });
    const file = await tenant.send({
      path: `/api/v0/resources/${resource.id}/download`,
      headers: bearer(tenant.token),
    });
    assert.equal(file.text, '%PDF');
    for (const name of ['Status', 'Standing', 'standing']) {
      for (const standing of ['inactive', 'active']) {
        const changed = await tenant.api(
          'PUT',
          `/api/v0/signoffs/attachments/${listed[0]?.id}?_fields=standing`,
          {
            [name]: standing,
          },
        );
        assert.equal((changed.json.response as Row).standing, standing);
      }
    }
    const both = `${filter},resource_id(${resource.id}),standing(active)`;
    assert.deepEqual((await tenant.get(`/api/v0/signoffs/attachments/count?${both}`)).json.response, {
      count: '1',
    });
    assert.equal((await tenant.get(`/api/v0/signoffs/attachments?${filter},activity_id(0)`)).http, 200);
    const embedded = await tenant.get(
      `/api/v0/signoffs/attachments/${listed[0]?.id}?_fields=resource(mimetype)`,
    );
    assert.equal(
      (embedded.json.response as unknown as { resource: Row }).resource.mimetype,
      'application/pdf',
    );
  });

  test('a refused attachment leaves nothing', async () => {
    const sent = await draft({ standing: 'sent' });
    const id = await draft();
    const narrow = await tenant.issue({ scope: 'write(signoffs)' });
    const rows = await contents(tenant);
    const causes = await Promise.all(
      [attach(sent), attach(424_242), attach(id, narrow), attach(id, tenant.token, 'other')].map(
        async (each) => {
          const reply = await each;
          return world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because;
        },
      ),
    );
    assert.deepEqual(causes, ['permission.lacking', 'object.missing', 'scope.exceeded', 'parameter.invalid']);
    assert.deepEqual(await contents(tenant), rows);
  });
});
