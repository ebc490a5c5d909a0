import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, unknown>;

onEveryEngine('tags, skills, groups, holidays and segmentations', (engine) => {
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

  const rows = (reply: Read): readonly Row[] => reply.json.response;
  const object = (reply: Read): Row => reply.json.response;
  const ids = (reply: Read): readonly number[] => rows(reply).map(({ id }) => Number(id));

  async function refuses(work: () => Promise<Read>, cause: string): Promise<void> {
    const before = await contents(tenant);
    const reply = await work();
    assert.equal(reply.cause, cause, reply.text);
    assert.deepEqual(await contents(tenant), before);
  }

  test('the tags of activities are listed with them, by one statement for all, and filter by object', async () => {
    const subject = async (text: string) =>
      tenant.put('activities', { subject: text, owner_id: tenant.admin, owner_type: 'staff' });
    const [one, two, bare] = [await subject('one'), await subject('two'), await subject('bare')];
    const made = await tenant.post('/api/v0/tags', { name: 'urgent' });
    const urgent = Number(object(made).id);
    const later = await tenant.put('tags', { name: 'later' });
    for (const [tag, id] of [
      [urgent, one],
      [later, one],
      [later, two],
    ])
      await tenant.put('taggings', { tag: tag ?? 0, against_type: 'activity', against_id: id ?? 0 });
    // The same id of another kind of object.
    const job = await tenant.put('jobs', { title: 'deliver' });
    await tenant.put('taggings', { tag: urgent, against_type: 'job', against_id: job });
    const listed = await tenant.get('/api/v0/activities?_fields=tag&_filters=order_by_asc(id)');
    assert.deepEqual(
      rows(listed).map(({ tag }) => tag),
      [
        [
          { id: String(urgent), name: 'urgent' },
          { id: String(later), name: 'later' },
        ],
        [{ id: String(later), name: 'later' }],
        [],
      ],
    );
    const names = await tenant.get(`/api/v0/activities/${one}?_fields=tag(name,_hide_defaults)`);
    assert.deepEqual(object(names).tag, [{ name: 'urgent' }, { name: 'later' }]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/tags?_filters=against(activity(${two}))`)), [later]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/tags?_filters=against(job(${job}))`)), [urgent]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/tags?_filters=against(activity(${bare}))`)), []);
    const count = await tenant.get(`/api/v0/tags/count?_filters=against(activity(${one}),job(${job}))`);
    assert.deepEqual(object(count), { count: '2' });
    assert.deepEqual(ids(await tenant.get('/api/v0/tags?_filters=against(planet(1))')), []);
    await refuses(() => tenant.post('/api/v0/tags', { name: 'urgent' }), 'name.taken');
    for (const suffix of ['.xml', '.yaml']) {
      const other = await tenant.send({
        path: `/api/v0/activities/${one}${suffix}?_fields=tag`,
        headers: bearer(tenant.token),
      });
      assert.match(other.text, /urgent[\s\S]*later/);
    }
    // A token for activities alone sees the words, and may not ask for the tags themselves.
    const narrow = bearer(await tenant.issue({ scope: 'read(activities)' }));
    const allowed = await tenant.get(`/api/v0/activities/${one}?_fields=_ALL`, narrow);
    assert.equal((object(allowed).tag as Row[]).length, 2);
    const barred = await tenant.get(`/api/v0/activities/${one}?_fields=tag(_ALL)`, narrow);
    assert.equal(barred.cause, 'scope.exceeded');
  });

  test('an object that is removed takes its tags with it', async () => {
    const company = await tenant.put('companies', { name: 'MomCorp' });
    const tag = await tenant.put('tags', { name: 'evil' });
    await tenant.put('taggings', { tag, against_type: 'company', against_id: company });
    assert.equal((await tenant.api('DELETE', `/api/v0/companies/${company}`)).http, 200);
    assert.deepEqual(ids(await tenant.get(`/api/v0/tags?_filters=against(company(${company}))`)), []);
  });

  test('skills of tasks and of staff, members of groups', async () => {
    const task = await tenant.put('tasks', { title: 'Fly' });
    const skill = await tenant.put('skills', { title: 'Piloting' });
    const unused = await tenant.put('skills', { title: 'Cooking' });
    await tenant.put('skill_assignments', { skill, against_type: 'task', against_id: task });
    await tenant.put('skill_assignments', { skill, against_type: 'staff', against_id: tenant.admin });
    const read = await tenant.get(`/api/v0/tasks/${task}?_fields=skills`);
    assert.deepEqual(object(read).skills, [{ id: String(skill), title: 'Piloting' }]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/skills?_filters=against(staff(${tenant.admin}))`)), [
      skill,
    ]);
    assert.deepEqual(ids(await tenant.get(`/api/v0/skills?_search=cook`)), [unused]);
    const group = await tenant.put('groups', { title: 'Crew' });
    await tenant.put('groups', { title: 'Office' });
    await tenant.put('group_members', { group, staff: tenant.admin });
    assert.deepEqual(ids(await tenant.get(`/api/v0/groups?_filters=staff_id(${tenant.admin})`)), [group]);
  });

  test('a holiday has an end or a duration, never both and never neither', async () => {
    const path = '/api/v0/holidays';
    const made = await tenant.post(`${path}?_fields=_ALL`, {
      title: 'Beach',
      date_start: '2027-02-27',
      date_end: '2027-03-01T12:00:00Z',
    });
    assert.equal(made.http, 200, made.text);
    const { id, staff_id, date_start, date_end, duration_seconds } = object(made);
    assert.deepEqual(
      [staff_id, date_start, date_end, duration_seconds],
      [String(tenant.admin), '1803686400', '1803902400', null],
    );
    const other = await tenant.api('PUT', `${path}/${id}?_fields=_ALL`, { duration_seconds: 3_600 });
    assert.deepEqual([object(other).date_end, object(other).duration_seconds], [null, '3600']);
    const back = await tenant.api('PUT', `${path}/${id}?_fields=_ALL`, { date_end: 1_803_902_400 });
    assert.deepEqual([object(back).date_end, object(back).duration_seconds], ['1803902400', null]);
    const put = (body: Row) => () => tenant.api('PUT', `${path}/${id}`, body);
    await refuses(put({ date_end: '' }), 'parameter.missing');
    await refuses(put({ date_end: 1_803_902_400, duration_seconds: 5 }), 'parameter.invalid');
    await refuses(put({ date_end: 1_000 }), 'parameter.invalid');
    await refuses(put({ date_end: '2027-02-30' }), 'parameter.invalid');
    await refuses(put({ duration_seconds: -5 }), 'parameter.invalid');
    await refuses(
      () => tenant.post(path, { title: 'Endless', date_start: '2027-02-27' }),
      'parameter.missing',
    );
    await refuses(() => tenant.api('PUT', `${path}/999999`, { title: 'x' }), 'object.missing');
    assert.deepEqual(ids(await tenant.get(`${path}/?_filters=date_start_after(1803686399)`)), [Number(id)]);
    assert.equal((await tenant.api('DELETE', `${path}/${id}`)).http, 200);
    assert.equal((await tenant.get(`${path}/${id}`)).cause, 'object.missing');
  });

  test('the segmentations of an object, with one value or more', async () => {
    const company = await tenant.put('companies', { name: 'Slurm' });
    const contact = await tenant.put('contacts', { firstname: 'Slurms', surname: 'McKenzie' });
    const size = await tenant.put('segmentations', { title: 'Size', link_type: 'company' });
    const taste = await tenant.put('segmentations', { title: 'Taste', link_type: 'company' });
    await tenant.put('segmentations', { title: 'Unused', link_type: 'company' });
    const add = (segmentation: number, value: string, id = company, type = 'company') =>
      tenant.put('segmentation_values', { segmentation, value, against_type: type, against_id: id });
    await add(taste, 'Sweet');
    await add(size, 'Large');
    await add(taste, 'Green');
    await add(size, 'Small', contact, 'contact');
    assert.deepEqual(rows(await tenant.get(`/api/v0/companies/${company}/segmentations`)), [
      { id: String(size), title: 'Size', value: 'Large', values: ['Large'] },
      { id: String(taste), title: 'Taste', value: 'Sweet', values: ['Sweet', 'Green'] },
    ]);
    assert.deepEqual(rows(await tenant.get(`/api/v0/contacts/${contact}/segmentations`)), [
      { id: String(size), title: 'Size', value: 'Small', values: ['Small'] },
    ]);
    assert.equal((await tenant.get('/api/v0/companies/999999/segmentations')).cause, 'object.missing');
  });
});
