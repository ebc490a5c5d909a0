import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

onEveryEngine('time', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  async function got<T>(path: string): Promise<T> {
    const reply = await tenant.get(`/api/v0/${path}`);
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response as T;
  }
  async function done<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await tenant.api(method, `/api/v0/${path}`, body);
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response as T;
  }

  describe('timers', () => {
    test('run, are paused, and resume where they stopped', async () => {
      const company = await tenant.put('companies', { name: 'MomCorp' });
      const made = await done<Row>('POST', 'timers?_fields=status,against_title,staff_id', {
        subject: 'Phone call',
        against_type: 'company',
        against_id: company,
      });
      assert.deepEqual(made, {
        id: made.id,
        subject: 'Phone call',
        seconds: '0',
        status: 'stopped',
        against_title: 'MomCorp',
        staff_id: String(tenant.admin),
      });
      await done('POST', `timers/${made.id}/start`);
      world.now += 60;
      assert.equal((await got<Row>(`timers/${made.id}`)).seconds, '60');
      world.now += 30;
      const paused = await done<Row>('PUT', `timers/${made.id}/pause?_fields=status`);
      assert.deepEqual([paused.seconds, paused.status], ['90', 'stopped']);
      world.now += 1_000;
      await done('PUT', `timers/${made.id}/start`);
      world.now += 10;
      const [listed] = await got<Row[]>(
        `timers?_filters=id(${made.id}),status(running)&_fields=staff(username)`,
      );
      assert.deepEqual(listed, {
        id: made.id,
        subject: 'Phone call',
        seconds: '100',
        staff: { id: String(tenant.admin), username: 'hermes', firstname: 'Hermes', surname: 'Conrad' },
      });
      await done('DELETE', `timers/${made.id}`);
      assert.equal((await tenant.get(`/api/v0/timers/${made.id}`)).cause, 'object.missing');
    });

    test('one at a time: a start stops the one that runs', async () => {
      const first = await done<Row>('POST', 'timers', { subject: 'One', auto_start: '1' });
      world.now += 5;
      const second = await done<Row>('POST', 'timers?_fields=status', {
        subject: 'Two',
        seconds: 7,
        auto_start: '1',
      });
      assert.deepEqual([second.status, second.seconds], ['running', '7']);
      const stopped = await got<Row>(`timers/${first.id}?_fields=status`);
      assert.deepEqual([stopped.status, stopped.seconds], ['stopped', '5']);
      await done('POST', `timers/${first.id}/cancel`);
      await done('PUT', `timers/${second.id}/cancel`);
      assert.deepEqual(await got('timers?_limit=1'), []);
    });

    test('what does not fit its state is refused, and nothing is written', async () => {
      const { id } = await done<Row>('POST', 'timers', { subject: 'Tea' });
      const stopped = await contents(tenant);
      assert.equal((await tenant.api('PUT', `/api/v0/timers/${id}/pause`)).cause, 'parameter.invalid');
      assert.deepEqual(await contents(tenant), stopped);
      await done('PUT', `timers/${id}/start`);
      const running = await contents(tenant);
      for (const [method, path, body] of [
        ['PUT', `timers/${id}/start`, undefined],
        ['PUT', `timers/${id}`, { seconds: 5 }],
        ['PUT', `timers/${id}`, { against_type: 'company', against_id: 4_000_000 }],
        ['POST', 'timers', { subject: 'x', seconds: 'soon' }],
        ['POST', 'timers', { subject: 'x', auto_start: 'perhaps' }],
      ] as const) {
        const reply = await tenant.api(method, `/api/v0/${path}`, body);
        assert.equal(reply.cause, 'parameter.invalid', `${path}: ${reply.text}`);
        assert.deepEqual(await contents(tenant), running);
      }
      await done('PUT', `timers/${id}`, { subject: 'Green tea' });
      assert.equal((await got<Row>(`timers/${id}`)).subject, 'Green tea');
    });

    test('belong to their owner alone', async () => {
      const { id } = await done<Row>('POST', 'timers', { subject: 'Mine' });
      const headers = { Authorization: `Bearer ${await tenant.issue({ staff: tenant.restricted })}` };
      assert.equal((await tenant.get(`/api/v0/timers/${id}`, headers)).cause, 'object.missing');
      assert.deepEqual((await tenant.get('/api/v0/timers', headers)).json.response, []);
      for (const path of [`timers/${id}/start`, `timers/${id}/cancel`, `timers/${id}`]) {
        const reply = await tenant.send({ method: 'PUT', path: `/api/v0/${path}`, headers });
        assert.equal(JSON.parse(reply.text).meta.status, 'invalid_request', reply.text);
      }
    });
  });

  test('an appointment becomes a meeting with a report, and is gone', async () => {
    const external = await tenant.put('time_externals', {
      title: 'Budget Meeting',
      description: 'Next quarter',
      date_started: 1_362_772_800,
      date_ended: 1_362_776_400,
      staff: tenant.admin,
    });
    const meeting = await done<Row>(
      'POST',
      `time/externals/${external}/convert_to_meeting?_fields=medium,body,date_started,owner`,
    );
    assert.deepEqual(
      { ...meeting, id: '' },
      {
        id: '',
        subject: 'Budget Meeting',
        confidential: '0',
        medium: 'meeting',
        body: 'Next quarter',
        date_started: '1362772800',
        owner: `staff/${tenant.admin}`,
      },
    );
    const [report] = await got<Row[]>(`activities?_filters=parent_id(${meeting.id})&_fields=medium`);
    assert.equal(report?.medium, 'report');
    assert.deepEqual(await got('time/externals'), []);
    assert.equal(
      (await tenant.api('POST', `/api/v0/time/externals/${external}/convert_to_meeting`)).cause,
      'object.missing',
    );
  });

  describe('saved filters', () => {
    test('run as the list they describe, with its own _fields and _limit', async () => {
      await tenant.put('companies', { name: 'Slurm', website: 'slurm.example' });
      const filter = await tenant.put('filters', {
        title: 'Drinks',
        object_type: 'companies',
        filters: 'website(slurm.example),order_by_asc(id)',
        owner_type: 'staff',
        owner_id: tenant.admin,
      });
      const [company] = await got<Row[]>(`filters/${filter}/run?_fields=website&_limit=5`);
      assert.deepEqual({ ...company, id: '' }, { id: '', name: 'Slurm', website: 'slurm.example' });
      assert.deepEqual(await got(`companies/filters?_fields=object_type,staff_id`), [
        { id: String(filter), title: 'Drinks', object_type: 'companies', staff_id: String(tenant.admin) },
      ]);
      assert.deepEqual(await got('jobs/filters'), []);
      const others = { Authorization: `Bearer ${await tenant.issue({ staff: tenant.restricted })}` };
      assert.equal((await tenant.get(`/api/v0/filters/${filter}/run`, others)).cause, 'object.missing');
      await done('POST', `filters/${filter}`, { shared: 'yes', title: 'Soft drinks' });
      assert.deepEqual((await tenant.get('/api/v0/filters', others)).json.response, [
        { id: String(filter), title: 'Soft drinks' },
      ]);
      const run = await tenant.get(`/api/v0/filters/${filter}/run`, others);
      assert.equal(run.cause, 'permission.lacking', 'a filter shows nobody what the list would not');
    });

    test('that no longer fit: a filter that does not exist is ignored, one that is invalid is refused by name', async () => {
      const run = async (filters: string): Promise<Read> => {
        const owner = { owner_type: 'staff', owner_id: tenant.admin };
        const filter = await tenant.put('filters', { title: 'Old', object_type: 'jobs', filters, ...owner });
        return tenant.get(`/api/v0/filters/${filter}/run`);
      };
      const gone = await run('colour(red)');
      assert.deepEqual([gone.http, gone.headers['x-status-ignored']], [200, 'colour']);
      const invalid = await run('colour(red),manager(nobody)');
      assert.equal(invalid.cause, 'parameter.invalid');
      assert.match(invalid.json.meta.message ?? '', /_filters manager/);
    });
  });

  test('the time of tasks and issues is the sum of what was logged, whatever is written, changed and removed', async () => {
    const seconds = fc.integer({ min: 0, max: 10_000 });
    const deed = fc.record({
      verb: fc.constantFrom('log', 'log', 'change', 'remove'),
      on: fc.constantFrom('task', 'issue'),
      which: fc.nat(),
      billable: seconds,
      nonbillable: seconds,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
        const ids = {
          task: await tenant.put('tasks', { title: 'T', remaining: 1_000_000 }),
          issue: await tenant.put('issues', { title: 'I' }),
        };
        const logged = new Map<string, { on: 'task' | 'issue'; billable: number; nonbillable: number }>();
        for (const { verb, on, which, billable, nonbillable } of deeds) {
          const [id] = [...logged.keys()].slice(which % Math.max(1, logged.size));
          if (verb === 'log' || id === undefined) {
            const made = await done<Row>('POST', 'activities', {
              subject: 'Work',
              against_type: on,
              against_id: ids[on],
              billable,
              nonbillable,
            });
            logged.set(String(made.id), { on, billable, nonbillable });
          } else if (verb === 'change') {
            await done('PUT', `activities/${id}`, { billable, nonbillable });
            logged.set(id, { on: logged.get(id)?.on ?? on, billable, nonbillable });
          } else {
            await done('DELETE', `activities/${id}`);
            logged.delete(id);
          }
        }
        const sum = (on: string, kind: 'billable' | 'nonbillable') =>
          [...logged.values()].reduce((total, each) => total + (each.on === on ? each[kind] : 0), 0);
        const task = await got<Row>(`tasks/${ids.task}?_fields=billable,nonbillable,logged,remaining`);
        const [billable, nonbillable] = [sum('task', 'billable'), sum('task', 'nonbillable')];
        assert.deepEqual([task.billable, task.nonbillable, task.logged, task.remaining].map(Number), [
          billable,
          nonbillable,
          billable + nonbillable,
          1_000_000 - billable - nonbillable,
        ]);
        const issue = await got<Row>(`issues/${ids.issue}?_fields=billable_seconds`);
        assert.equal(Number(issue.billable_seconds), sum('issue', 'billable'));
      }),
      { numRuns: 12 },
    );
  });

  test('a job links to its schedule', async () => {
    const job = await tenant.put('jobs', { title: 'Delivery' });
    const schedule = await tenant.put('object_schedules', {
      against_type: 'job',
      against_id: job,
      date_planned_start: 1_700_000_000,
    });
    const shown = await got<Row>(`jobs/${job}?_fields=job_object_schedule(date_planned_start)`);
    assert.deepEqual(shown.job_object_schedule, {
      id: String(schedule),
      against_id: String(job),
      against_type: 'job',
      date_planned_start: '1700000000',
    });
  });
});
