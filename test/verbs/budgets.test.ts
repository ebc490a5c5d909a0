import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;
type Deep = Record<string, unknown>;

onEveryEngine('contracts, budgets, rates and quotes', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Momcorp' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const got = async <T = Row>(path: string): Promise<T> => {
    const reply = await tenant.get(`/api/v0/${path}`);
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };
  const posted = async (path: string, form: Record<string, string>): Promise<Row> => {
    const reply = await tenant.post(`/api/v0/${path}`, form);
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };
  const idsOf = (rows: readonly Row[]): number[] => rows.map(({ id }) => Number(id));
  const contractOf = (more: Record<string, string | number> = {}): Promise<number> =>
    tenant.put('contracts', {
      title: 'Upkeep',
      against_type: 'company',
      against_id: company,
      ...more,
    });

  /** Time on an object, past the API. */
  const log = (
    against: readonly [type: string, id: number],
    billable: number,
    nonbillable: number,
    charged: number,
  ) =>
    tenant.put('time_allocations', {
      against_type: against[0],
      against_id: against[1],
      billable,
      nonbillable,
      charged,
    });

  describe('rates', () => {
    test('are read, listed and counted', async () => {
      const id = await tenant.put('rates', { title: 'Consulting', charged: 17_500, object: 'staff,job' });
      assert.deepEqual(await got(`rates/${id}?_fields=_ALL`), {
        id: String(id),
        title: 'Consulting',
        charged: '175.00',
        standing: 'active',
        object: 'staff,job',
      });
      assert.deepEqual(await got(`rates/${id}`), { id: String(id), title: 'Consulting' });
      const list = await got<Row[]>('rates');
      assert.deepEqual(await got('rates/count'), { count: String(list.length) });
      assert.equal((await tenant.post('/api/v0/rates', { title: 'x' })).cause, 'method.unknown');
    });

    test('the charge of an object is that of its rate unless it has its own; wrong ids are refused', async () => {
      const rate = await tenant.put('rates', { title: 'Delivery', charged: 9_050 });
      const type = await tenant.put('job_types', { title: 'Delivery' });
      const form = {
        title: 'A job',
        against_type: 'company',
        against_id: String(company),
        manager_id: '1',
        type_id: String(type),
        rate_id: String(rate),
      };
      const job = await posted('jobs?_fields=rate(charged),rate_charged', form);
      assert.deepEqual(job.rate, { id: String(rate), title: 'Delivery', charged: '90.50' });
      assert.equal(job.rate_charged, '90.50');
      assert.equal(
        (await posted('jobs?_fields=rate_charged', { ...form, rate_charged: '12.5' })).rate_charged,
        '12.50',
      );
      const task = await posted('tasks?_fields=rate_id,rate_charged', {
        title: 'A task',
        against_type: 'job',
        against_id: String(job.id),
        date_started: '1700000000',
      });
      assert.deepEqual([task.rate_id, task.rate_charged], [String(rate), '90.50']);
      const dear = await posted('jobs', { ...form, rate_charged: '200' });
      const ofDear = await posted('tasks?_fields=rate_id,rate_charged', {
        title: 'A task',
        against_type: 'job',
        against_id: String(dear.id),
        date_started: '1700000000',
      });
      assert.deepEqual([ofDear.rate_id, ofDear.rate_charged], [String(rate), '200.00']);
      const refused = await tenant.post('/api/v0/jobs', { ...form, rate_id: '999999' });
      assert.equal(refused.cause, 'parameter.invalid');
      assert.match(refused.json.meta.message ?? '', /rate_id/);
      const other = await tenant.put('rates', { title: 'Other', charged: 100 });
      const changed = await tenant.api('PUT', `/api/v0/jobs/${job.id}?_fields=rate,rate_charged`, {
        rate_id: other,
      });
      assert.deepEqual(changed.json.response, {
        id: job.id,
        title: 'A job',
        rate: String(other),
        rate_charged: '1.00',
      });
      assert.deepEqual(idsOf(await got<Row[]>(`jobs?_filters=rate(${other})`)), [Number(job.id)]);
      const charged = async (values: Record<string, unknown>): Promise<unknown> => {
        const reply = await tenant.api('PUT', `/api/v0/jobs/${job.id}?_fields=rate_charged`, values);
        return (reply.json.response as Row).rate_charged;
      };
      assert.equal(await charged({ rate_charged: '7.77' }), '7.77');
      assert.equal(await charged({ rate_id: other }), '7.77', 'the rate it has already');
      assert.equal(await charged({ rate_id: rate }), '90.50');
    });

    test('time is charged at the rate of what it is logged against', async () => {
      const rate = await tenant.put('rates', { title: 'Per hour', charged: 12_500 });
      const job = await tenant.put('jobs', {
        title: 'Charged',
        against_type: 'company',
        against_id: company,
        rate,
      });
      const activity = await posted('activities?_fields=rate,rate_charged,time_allocation(charged)', {
        subject: 'Worked',
        against_type: 'job',
        against_id: String(job),
        billable: '5400',
      });
      assert.equal(activity.rate, String(rate));
      assert.equal(activity.rate_charged, '125.00');
      assert.equal((activity.time_allocation as unknown as Row).charged, '187.50');
    });
  });

  describe('contracts', () => {
    test('are loaded, with the values of their type and their parent', async () => {
      const contact = await tenant.put('contacts', { firstname: 'Mom', surname: 'Mom' });
      const affiliation = await tenant.put('affiliations', { company, contact });
      const type = await tenant.put('contract_types', {
        title: 'Retainer',
        auto_renew: 1,
        renew_days: 5,
        send_invoice: 'email',
        period_template_id: 7,
      });
      await tenant.put('contract_statuses', { title: 'Active', standing: 'active', start: 1 });
      const id = await contractOf({
        contract_type: type,
        owner_affiliation: affiliation,
        value: 120_050,
        date_expires: 1_900_000_000,
      });
      const contract = await got<Deep>(
        `contracts/${id}?_fields=_ALL,contract_type(auto_complete_task),company(),breadcrumbs`,
      );
      assert.deepEqual(
        {
          against: contract.against,
          value: contract.value,
          auto_renew: contract.auto_renew,
          renew_days: contract.renew_days,
          send_invoice: contract.send_invoice,
          period_template_id: contract.period_template_id,
          standing: contract.standing,
          type: contract.type,
          affiliation: contract.affiliation,
          billable: contract.billable,
          job: contract.job,
          date_period_expires: contract.date_period_expires,
        },
        {
          against: `companies/${company}`,
          value: '1200.50',
          auto_renew: 'yes',
          renew_days: '5',
          send_invoice: 'email',
          period_template_id: '7',
          standing: 'active',
          type: String(type),
          affiliation: String(affiliation),
          billable: String(affiliation),
          job: null,
          date_period_expires: null,
        },
      );
      assert.deepEqual(contract.contract_type, {
        id: String(type),
        title: 'Retainer',
        auto_complete_task: '0',
      });
      assert.deepEqual(contract.company, { id: String(company), name: 'Momcorp' });
      assert.deepEqual(contract.breadcrumbs, [{ id: String(company), table: 'company', title: 'Momcorp' }]);
      for (const filter of [
        `billable_less_than(${company + 1}),billable_greater_than(0)`,
        `affiliation_greater_than_or_equal(${affiliation})`,
        `owner_affiliation(${affiliation})`,
        'period_template_greater_than(6)',
        'renew_days_greater_than(4)',
        'value_greater_than(1200)',
        'date_expired_after(1899999999)',
        'date_expires_after(1899999999)',
        `contract_type(${type})`,
        `type(${type}),against(company(${company}))`,
      ]) {
        assert.deepEqual(idsOf(await got<Row[]>(`contracts?_filters=${filter}`)), [id], filter);
      }
      const both = '{"date_expires_before":["0"],"date_expires_after":["1800000000"]}';
      const either = await tenant.api('POST', '/api/v0/contracts?_limit=100', {
        _method: 'GET',
        _filters: { _OR: JSON.parse(both) },
      });
      assert.equal(either.http, 200);
      assert.ok(idsOf(either.json.response).includes(id));
    });

    test('types are wrapped, and have no _ALL', async () => {
      await tenant.put('ledgers', { id: 4, title: 'Services' });
      const type = await tenant.put('contract_types', { title: 'Licence', service_tax_ledger: 4 });
      const { types } = await got<{ types: Row[] }>(
        'contracts/types?_fields=_ALL&_search=licence&_filters=service_ledger_id(4),parent(0)',
      );
      assert.deepEqual(types, [{ id: String(type), title: 'Licence' }]);
      assert.deepEqual(await got('contracts/types/count?_search=licence'), { count: '1' });
      assert.deepEqual(await got(`contracts/types/${type}?_fields=parent,renew_days,auto_complete_task`), {
        id: String(type),
        title: 'Licence',
        parent: '0',
        renew_days: '0',
        auto_complete_task: '0',
      });
      const xml = await tenant.send({
        path: '/api/v0/contracts/types.xml?_search=licence',
        headers: bearer(tenant.token),
      });
      assert.match(xml.text, /<types type="array"><item>/);
    });

    test('periods are listed below their contract, wrapped, and on their own', async () => {
      const plain = await tenant.put('contract_types', { title: 'Plain' });
      const rate = await tenant.put('rates', { title: 'Retained', charged: 8_000 });
      const contract = await contractOf({ contract_type: plain });
      const other = await contractOf();
      const foreign = await tenant.put('contract_periods', { contract: other });
      const period = await tenant.put('contract_periods', {
        contract,
        rate,
        allowance_type: 'fixed_value',
        budget_type: 'pre-paid',
        date_expires: 1_810_000_000,
      });
      const { periods } = await got<{ periods: Row[] }>(`contracts/${contract}/periods?_fields=_ALL`);
      assert.deepEqual(periods, [
        {
          id: String(period),
          date_created: String(world.now),
          date_commenced: String(world.now),
          date_expires: '1810000000',
          date_closed: null,
          budget_type: 'pre-paid',
          allowance_type: 'fixed_value',
          rate_type: 'object',
          rate_id: String(rate),
          service_item_id: null,
          duration_type: 'fixed',
          rollover: 'no',
          standing: 'opened',
          contract: `contracts/${contract}`,
          contract_id: String(contract),
          contract_budget: null,
        },
      ]);
      assert.equal((await tenant.get('/api/v0/contracts/999999/periods')).cause, 'object.missing');
      for (const filter of [
        `contract(${contract})`,
        `contract(contracts/${contract})`,
        `rate(${rate})`,
        'allowance_type(fixed value)',
        'rate_charged_greater_than(79.99)',
      ]) {
        const path = `contracts/periods?_filters=${encodeURIComponent(filter)}`;
        assert.deepEqual(idsOf(await got<Row[]>(path)), [period], filter);
      }
      assert.deepEqual(await got(`contracts/periods/${period}`), { id: String(period) });
      assert.deepEqual(await got(`contracts/${contract}/periods/${period}?_fields=contract()`), {
        id: String(period),
        contract: { id: String(contract), title: 'Upkeep', period_template_id: null },
      });
      const crossed = await tenant.get(`/api/v0/contracts/${contract}/periods/${foreign}`);
      assert.equal(crossed.cause, 'object.missing', 'a period of another contract');
    });

    test('a period is closed and reopened; the contract shows when the current one ends', async () => {
      const contract = await contractOf();
      const [first, second] = [
        await tenant.put('contract_periods', { contract, date_expires: 1_810_000_000 }),
        await tenant.put('contract_periods', { contract, date_expires: 1_820_000_000 }),
      ];
      const ends = async () =>
        (await got(`contracts/${contract}?_fields=date_period_expires`)).date_period_expires;
      assert.equal(await ends(), '1810000000');
      const closed = await tenant.api(
        'PUT',
        `/api/v0/contracts/periods/${first}/close?_fields=standing,date_closed`,
      );
      assert.deepEqual(closed.json.response, {
        id: String(first),
        standing: 'closed',
        date_closed: String(world.now),
      });
      assert.equal(await ends(), '1820000000');
      assert.equal(
        (await tenant.api('POST', `/api/v0/contracts/periods/${first}/close`)).cause,
        'parameter.invalid',
      );
      assert.deepEqual(idsOf(await got<Row[]>('contracts?_filters=date_period_expires_after(1819999999)')), [
        contract,
      ]);
      const opened = await tenant.api(
        'POST',
        `/api/v0/contracts/periods/${first}/open?_fields=standing,date_closed`,
      );
      assert.deepEqual(opened.json.response, { id: String(first), standing: 'opened', date_closed: null });
      assert.equal(await ends(), '1810000000');
      assert.equal(
        (await tenant.api('PUT', `/api/v0/contracts/periods/${second}/open`)).cause,
        'parameter.invalid',
      );
      assert.equal(
        (await tenant.api('PUT', '/api/v0/contracts/periods/999999/close')).cause,
        'object.missing',
      );
      const readOnly = await tenant.send({
        method: 'PUT',
        path: `/api/v0/contracts/periods/${second}/close`,
        headers: bearer(await tenant.issue({ scope: 'read(all)' })),
      });
      assert.equal(readOnly.headers['x-status'], 'invalid_scope');
    });

    test('closing a period closes the issues of a contract that completes by itself, and no others', async () => {
      const done = await tenant.put('issue_statuses', { title: 'Closed', standing: 'closed', ordering: 9 });
      const open = await tenant.put('issue_statuses', { title: 'Open', standing: 'open', start: 1 });
      const issueOf = (contract: number) =>
        tenant.put('issues', {
          title: 'Broken',
          against_type: 'company',
          against_id: company,
          contract,
          status: open,
        });
      const type = await tenant.put('contract_types', { title: 'Completes', auto_complete_task: 1 });
      const [completes, stays] = [await contractOf({ contract_type: type }), await contractOf()];
      const [mine, other] = [await issueOf(completes), await issueOf(stays)];
      assert.deepEqual(idsOf(await got<Row[]>(`contracts?_filters=is_related_to_issue(${mine})`)), [
        completes,
      ]);
      for (const contract of [completes, stays]) {
        const period = await tenant.put('contract_periods', { contract });
        assert.equal((await tenant.api('PUT', `/api/v0/contracts/periods/${period}/close`)).http, 200);
      }
      assert.deepEqual(await got(`issues/${mine}?_fields=status,standing,date_closed,closed_by`), {
        id: String(mine),
        title: 'Broken',
        status: String(done),
        standing: 'closed',
        date_closed: String(world.now),
        closed_by: String(tenant.admin),
      });
      assert.equal((await got(`issues/${other}?_fields=standing`)).standing, 'open');
      const history = await got<Row[]>(`progressions/history?_filters=against(issue(${mine}))`);
      assert.deepEqual(
        history.map(({ to_title }) => to_title),
        ['Closed'],
      );
    });

    test('are moved by progressions, with a history', async () => {
      const [from, to] = [
        await tenant.put('contract_statuses', { title: 'Active', standing: 'active', ordering: 1 }),
        await tenant.put('contract_statuses', { title: 'Cancelled', standing: 'cancelled', ordering: 2 }),
      ];
      const move = await tenant.put('contract_progressions', { title: 'Cancel', from, status: to });
      const contract = await contractOf({ status: from });
      const available = await got<Deep[]>(`contracts/${contract}/progressions`);
      assert.ok(available.some(({ id }) => id === String(move)));
      const moved = await tenant.api(
        'POST',
        `/api/v0/contracts/${contract}/progressions/${move}/auto?_fields=standing`,
      );
      assert.equal((moved.json.response as Row).standing, 'cancelled');
      const history = await got<Row[]>(
        `progressions/history?_fields=_ALL&_filters=against(contract(${contract}))`,
      );
      assert.deepEqual(
        history.map(({ to_title, against_type }) => [to_title, against_type]),
        [['Cancelled', 'contract']],
      );
      assert.equal((await got(`contracts/statuses/${to}`)).title, 'Cancelled');
      assert.deepEqual(await got('contracts/statuses/count?_search=cancelled'), { count: '1' });
    });

    test('a budget adds up what its period took; its money needs full financial access', async () => {
      const contract = await contractOf();
      const rate = await tenant.put('rates', { title: 'Contracted', charged: 3_600 });
      const period = await tenant.put('contract_periods', { contract, rate });
      const budget = await tenant.put('contract_budgets', {
        against_type: 'contract_period',
        against_id: period,
        value: 2_500,
      });
      const against = { against_type: 'contract_period', against_id: String(period) };
      await posted('activities', { subject: 'Worked', ...against, billable: '1000', nonbillable: '500' });
      await posted('object_budgets/materials', {
        ...against,
        title: 'Shovels',
        quantity: '12',
        price: '2.5',
      });
      const path = `contracts/periods/${period}?_fields=contract_budget(_ALL)`;
      assert.deepEqual((await got<Deep>(path)).contract_budget, {
        id: String(budget),
        value: '25.00',
        product_charged: '30.00',
        time_charged: '10.00',
        time: '1500',
        against_type: 'contract_period',
        against_id: String(period),
      });
      assert.deepEqual(idsOf(await got<Row[]>(`contracts/periods?_filters=contract_budget(${budget})`)), [
        period,
      ]);
      const seenBy = async (level: string | null, everything = 'standard') => {
        const staff = await tenant.put('staff', {
          firstname: 'Leela',
          surname: 'Turanga',
          standing: 'active',
          financial_level: level,
          access: JSON.stringify({ everything }),
        });
        const reply = await tenant.send({
          path: `/api/v0/${path}`,
          headers: bearer(await tenant.issue({ staff })),
        });
        const { contract_budget: seen } = JSON.parse(reply.text).response;
        return [seen.value, seen.product_charged, seen.time_charged, seen.time];
      };
      assert.deepEqual(await seenBy('all'), ['25.00', '30.00', '10.00', '1500']);
      for (const level of [null, 'none', 'time'])
        assert.deepEqual(await seenBy(level), [null, null, null, '1500'], String(level));
      assert.deepEqual(await seenBy('none', 'admin'), [null, null, null, '1500']);
    });
  });

  describe('object budgets', () => {
    test('are created with their object, show whether it is billable, and are removed with it', async () => {
      const type = await tenant.put('job_types', { title: 'Internal' });
      const form = { title: 'A job', against_type: 'company', against_id: String(company), manager_id: '1' };
      const job = await posted('jobs?_fields=job_object_budget(object,is_billable,against_type,object_id)', {
        ...form,
        type_id: String(type),
        is_billable: 'no',
      });
      const budget = job.job_object_budget as unknown as Row;
      assert.deepEqual(budget, {
        id: budget.id,
        object: `jobs/${job.id}`,
        is_billable: 'no',
        against_type: 'job',
        object_id: job.id,
      });
      assert.deepEqual(idsOf(await got<Row[]>(`object_budgets?_filters=against(job(${job.id}))`)), [
        Number(budget.id),
      ]);
      assert.deepEqual(await got(`object_budgets/count?_filters=against_type(job),against_id(${job.id})`), {
        count: '1',
      });
      const issues = await tenant.put('issue_types', { title: 'Billable', budget: 1 });
      const issue = await posted('issues?_fields=issue_object_budget(is_billable),object_budget', {
        title: 'Broken',
        type_id: String(issues),
        against_type: 'company',
        against_id: String(company),
      });
      const ofIssue = issue.issue_object_budget as unknown as Row;
      assert.equal(ofIssue.is_billable, 'yes');
      assert.equal(issue.object_budget, ofIssue.id);
      assert.equal((await tenant.api('DELETE', `/api/v0/jobs/${job.id}`)).http, 200);
      assert.equal((await tenant.get(`/api/v0/object_budgets/${budget.id}`)).cause, 'object.missing');
    });

    test('add up what is against the object, and below it', async () => {
      const job = await tenant.put('jobs', { title: 'J', against_type: 'company', against_id: company });
      const outer = await tenant.put('milestones', { title: 'M', job });
      const inner = await tenant.put('milestones', { title: 'm', job, parent: outer });
      const taskOf = (type: string, id: number, remaining: number) =>
        tenant.put('tasks', { title: 'T', against_type: type, against_id: id, remaining });
      const direct = await taskOf('job', job, 100);
      const below = await taskOf('milestone', inner, 80);
      const issue = await tenant.put('issues', { title: 'I', against_type: 'company', against_id: company });
      const inIssue = await taskOf('issue', issue, 7);
      const elsewhere = await tenant.put('jobs', {
        title: 'X',
        against_type: 'company',
        against_id: company,
      });
      await taskOf('job', elsewhere, 1_000_000);
      await log(['job', job], 1_320, 180, 4_584);
      await log(['milestone', inner], 400, 0, 1_000);
      await log(['task', direct], 100, 0, 500);
      await log(['task', below], 100, 20, 1_000);
      await log(['issue', issue], 60, 0, 0);
      await log(['task', inIssue], 30, 1, 99);
      await log(['job', elsewhere], 9_999, 9_999, 9_999);
      const item = { quantity: 15_000, cost: 235_000, price: 373_333, title: 'Thing' };
      await tenant.put('materials', { ...item, against_type: 'job', against_id: job });
      await tenant.put('materials', { ...item, against_type: 'task', against_id: below });
      const service = { time: 60, time_estimate: 10_800, price: 150, price_estimate: 42_500 };
      await tenant.put('services', { ...service, against_type: 'milestone', against_id: outer });
      await tenant.put('services', { ...service, against_type: 'issue', against_id: issue });
      const budgetOf = async (against_type: string, against_id: number): Promise<Row> => {
        const id = await tenant.put('object_budgets', { against_type, against_id });
        const { id: _, object: _object, ...rest } = await got(`object_budgets/${id}?_fields=_ALL`);
        return rest;
      };
      const identity = (type: string, id: number) => ({
        against_type: type,
        against_id: String(id),
        object_table: type,
        object_id: String(id),
        is_billable: 'yes',
        expense_price: '0.00',
      });
      assert.deepEqual(await budgetOf('job', job), {
        ...identity('job', job),
        service_time_estimate: '0',
        service_time: '0',
        service_time_subtotal_estimate: '10800',
        service_price_estimate: '0.00',
        service_price: '0.00',
        service_price_subtotal_estimate: '425.00',
        service_price_subtotal: '1.50',
        material_cost: '35.25',
        material_cost_subtotal: '70.50',
        material_price: '56.00',
        material_price_subtotal: '112.00',
        billable: '1320',
        billable_subtotal: '1920',
        nonbillable: '180',
        nonbillable_subtotal: '200',
        logged: '1500',
        logged_subtotal: '2120',
        charged: '45.84',
        charged_subtotal: '70.84',
        remaining_subtotal: '180',
      });
      const some = ({
        billable,
        billable_subtotal,
        logged_subtotal,
        charged_subtotal,
        remaining_subtotal,
      }: Row) => [billable, billable_subtotal, logged_subtotal, charged_subtotal, remaining_subtotal];
      assert.deepEqual(some(await budgetOf('milestone', outer)), ['0', '500', '520', '20.00', '80']);
      assert.deepEqual(some(await budgetOf('milestone', inner)), ['400', '500', '520', '20.00', '80']);
      assert.deepEqual(some(await budgetOf('task', direct)), ['100', '100', '100', '5.00', '100']);
      assert.deepEqual(some(await budgetOf('issue', issue)), ['60', '90', '91', '0.99', '7']);
      const { milestone_object_budget: embedded } = await got<Deep>(
        `milestones/${outer}?_fields=milestone_object_budget(service_time_estimate)`,
      );
      assert.equal((embedded as Row).service_time_estimate, '10800');
      const found = await got<Row[]>(`milestones?_filters=object_budget(${(embedded as Row).id})`);
      assert.deepEqual(idsOf(found), [outer]);
    });

    test('milestones that form a circle do not make a budget loop', async () => {
      const job = await tenant.put('jobs', { title: 'C', against_type: 'company', against_id: company });
      const one = await tenant.put('milestones', { title: '1', job });
      const two = await tenant.put('milestones', { title: '2', job, parent: one });
      await world.server.world.store.within((writing) =>
        writing.update(tenant.deployment.id, 'milestones', { id: one }, { parent_id: two }),
      );
      await log(['milestone', one], 5, 0, 0);
      await log(['milestone', two], 7, 0, 0);
      const id = await tenant.put('object_budgets', { against_type: 'milestone', against_id: one });
      assert.equal((await got(`object_budgets/${id}?_fields=billable_subtotal`)).billable_subtotal, '12');
    });

    test('totals beyond what a number holds exactly stop there, without a server error', async () => {
      const job = await tenant.put('jobs', { title: 'Huge', against_type: 'company', against_id: company });
      for (let i = 0; i < 3; i++) {
        await log(['job', job], Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
        await posted('object_budgets/materials', {
          against_type: 'job',
          against_id: String(job),
          title: 'Everything',
          quantity: '900719925474.0991',
          price: i === 2 ? '-900719925474.0991' : '900719925474.0991',
        });
      }
      const id = await tenant.put('object_budgets', { against_type: 'job', against_id: job });
      const budget = await got(`object_budgets/${id}?_fields=_ALL`);
      assert.equal(budget.logged_subtotal, String(Number.MAX_SAFE_INTEGER));
      assert.equal(budget.charged, '90071992547409.91');
      assert.equal(budget.material_price, '90071992547409.91');
    });
  });

  describe('items of budgets', () => {
    test('a material takes the values that it lacks from its template', async () => {
      await tenant.put('taxes', { id: 12, title: 'GST' });
      await tenant.put('ledgers', { id: 20, title: 'Materials' });
      const template = await tenant.put('item_templates', {
        title: 'Shovel',
        type: 'material',
        code: 'SH-1',
        price: 25_000,
        cost: 10_000,
        quantity: 20_000,
        tax: 12,
        ledger: 20,
      });
      const contract = await contractOf();
      const period = await tenant.put('contract_periods', { contract });
      const created = await posted('object_budgets/materials?_fields=_ALL', {
        against_type: 'contract_period',
        against_id: String(period),
        title: 'Shovels for digging',
        quantity: '12',
        template_id: String(template),
      });
      assert.deepEqual(created, {
        id: created.id,
        title: 'Shovels for digging',
        against_type: 'contract_period',
        against_id: String(period),
        quantity: '12.0000',
        cost: '1.0000',
        price: '2.5000',
        date_created: String(world.now),
        material_ledger_id: '20',
        material_ledger: '20',
        material_template: String(template),
        material_template_id: String(template),
        tax_id: '12',
        ordering: '0',
        contract_period_id: String(period),
        material_item_ledger: '20',
        material_item_ledger_id: '20',
        budget_item_template: String(template),
        budget_item_template_id: String(template),
      });
      const changed = await tenant.api(
        'PUT',
        `/api/v0/object_budgets/materials/${created.id}?_fields=price,quantity,material_template(code)`,
        { quantity: 10, price: '20' },
      );
      assert.deepEqual(changed.json.response, {
        id: created.id,
        title: 'Shovels for digging',
        quantity: '10.0000',
        price: '20.0000',
        material_template: { id: String(template), title: 'Shovel', code: 'SH-1' },
      });
      for (const filter of [
        `contract_period_id(${period})`,
        `material_template_id(${template})`,
        'quantity(10),price(20)',
        `against_type(contract_period),against_id(${period})`,
        'tax_id(12)',
      ]) {
        const list = await got<Row[]>(`object_budgets/materials?_filters=${filter}`);
        assert.deepEqual(idsOf(list), [Number(created.id)], filter);
      }
      const name = 'object_budgets/templates';
      assert.deepEqual(
        idsOf(await got<Row[]>(`${name}?_search=sh-1&_filters=type(material),ledger_id(20)`)),
        [template],
      );
      assert.deepEqual(
        idsOf(await got<Row[]>(`${name}?_filters=price_greater_than(2.4999),price_less_than(2.5001)`)),
        [template],
      );
    });

    test('an invalid material is refused by parameter, and nothing is written', async () => {
      const before = await got<Row[]>('object_budgets/materials?_limit=100');
      const form = { title: 'Nails', against_type: 'company', against_id: String(company) };
      for (const [wrong, field] of [
        [{ title: '' }, 'title'],
        [{ against_id: '999999' }, 'against_id'],
        [{ against_type: 'rate' }, 'against_type'],
        [{ template_id: '999999' }, 'template_id'],
        [{ quantity: 'many' }, 'quantity'],
        [{ price: '1.23456' }, 'price'],
        [{ cost: '99999999999999' }, 'cost'],
      ] as const) {
        const reply = await tenant.post('/api/v0/object_budgets/materials', { ...form, ...wrong });
        assert.equal(reply.json.meta.status, 'invalid_request', field);
        assert.match(reply.json.meta.message ?? '', new RegExp(field));
      }
      assert.deepEqual(await got<Row[]>('object_budgets/materials?_limit=100'), before);
    });

    test('services are listed; a contract is found by the tax and the ledger of its service', async () => {
      const contract = await contractOf();
      await tenant.put('taxes', { id: 31, title: 'GST' });
      await tenant.put('ledgers', { id: 41, title: 'Services' });
      const template = await tenant.put('item_templates', {
        title: 'Advice',
        type: 'service',
        tax: 31,
        ledger: 41,
      });
      const service = await tenant.put('services', {
        against_type: 'contract',
        against_id: contract,
        service_template: template,
      });
      const job = await tenant.put('jobs', { title: 'S', against_type: 'company', against_id: company });
      await tenant.put('services', { against_type: 'job', against_id: job, tax: 31 });
      assert.deepEqual(
        await got<Row[]>(`object_budgets/services?_fields=_ALL&_filters=against(contract(${contract}))`),
        [
          {
            id: String(service),
            against_type: 'contract',
            against_id: String(contract),
            service_ledger_id: '41',
            service_ledger: '41',
            service_template: String(template),
            service_template_id: String(template),
            tax_id: '31',
            service_item_ledger: '41',
            service_item_ledger_id: '41',
            budget_item_template: String(template),
            budget_item_template_id: String(template),
          },
        ],
      );
      for (const filter of [
        'service_tax_greater_than(30)',
        'service_tax(31)',
        'service_ledger_less_than(42),service_ledger(41)',
      ])
        assert.deepEqual(idsOf(await got<Row[]>(`contracts?_filters=${filter}`)), [contract], filter);
    });
  });

  describe('quotes', () => {
    test('are created and changed; read and write names differ', async () => {
      await tenant.put('quote_statuses', { title: 'Draft', standing: 'draft', start: 1 });
      const contact = await tenant.put('contacts', { firstname: 'Amy', surname: 'Wong' });
      const affiliation = await tenant.put('affiliations', { company, contact });
      const quote = await posted('quotes?_fields=_ALL', {
        title: 'Website Redesign',
        against_type: 'affiliation',
        against_id: String(affiliation),
        terms_and_conditions: '<p>Terms</p>',
        client_portal_access: '1',
        date_expiry: '1900000000',
      });
      assert.deepEqual(quote, {
        id: quote.id,
        title: 'Website Redesign',
        against_type: 'affiliation',
        against_id: String(affiliation),
        against: `affiliations/${affiliation}`,
        notes: null,
        portal_access: '1',
        affiliation: String(affiliation),
        affiliation_id: String(affiliation),
        contact: String(contact),
        date_created: String(world.now),
        date_expiry: '1900000000',
        manager: String(tenant.admin),
        manager_id: String(tenant.admin),
        status: quote.status,
        status_id: quote.status,
        standing: 'draft',
        created_by: String(tenant.admin),
        created_by_staff_id: String(tenant.admin),
        introduction: null,
        conclusion: null,
        terms: '<p>Terms</p>',
        service_price_total: '0.00',
        service_time_total: '0',
        material_price_total: '0.00',
        total_price: '0.00',
      });
      const changed = await tenant.api(
        'PUT',
        `/api/v0/quotes/${quote.id}?_fields=terms,portal_access,contact()`,
        {
          ...quote,
          terms_and_conditions: 'none',
          client_portal_access: '0',
          affiliation_id: affiliation,
        },
      );
      assert.deepEqual(changed.json.response, {
        id: quote.id,
        title: 'Website Redesign',
        portal_access: '0',
        contact: { id: String(contact), firstname: 'Amy', surname: 'Wong', mobile: null, email: null },
        terms: 'none',
      });
      const again = await tenant.api('PUT', `/api/v0/quotes/${quote.id}?_fields=terms`, {
        terms: 'read name',
      });
      assert.equal((again.json.response as Row).terms, 'read name');
      const refused = await tenant.api('PUT', `/api/v0/quotes/${quote.id}`, { affiliation_id: 999_999 });
      assert.equal(refused.cause, 'parameter.invalid');
      assert.match(refused.json.meta.message ?? '', /affiliation_id/);
      assert.equal((await tenant.post('/api/v0/quotes', { title: 'x' })).cause, 'parameter.missing');
      assert.equal((await got(`quotes/statuses/${quote.status}`)).title, 'Draft');
    });

    test('their totals are the sum of what is against them, and order and narrow lists', async () => {
      const quoteOf = async (
        prices: readonly number[],
        times: number,
        materials: number,
      ): Promise<number> => {
        const id = await tenant.put('quotes', {
          title: 'Totals',
          against_type: 'company',
          against_id: company,
        });
        const against = { against_type: 'quote', against_id: id };
        for (const price of prices) await tenant.put('services', { ...against, price, time: times });
        if (materials > 0)
          await tenant.put('materials', { ...against, title: 'm', quantity: 10_000, price: materials });
        return id;
      };
      const cheap = await quoteOf([100], 60, 0);
      const dear = await quoteOf([20_000, 10_050], 1_800, 411_000);
      const none = await quoteOf([], 0, 0);
      assert.deepEqual(
        await got(
          `quotes/${dear}?_fields=service_price_total,service_time_total,material_price_total,total_price`,
        ),
        {
          id: String(dear),
          title: 'Totals',
          service_price_total: '300.50',
          service_time_total: '3600',
          material_price_total: '41.10',
          total_price: '341.60',
        },
      );
      const found = async (filters: string) =>
        idsOf(await got<Row[]>(`quotes?_search=totals&_filters=${filters}`));
      assert.deepEqual(await found('order_by_desc(total_price)'), [dear, cheap, none]);
      assert.deepEqual(await found('order_by_asc(service_time_total)'), [none, cheap, dear]);
      assert.deepEqual(await found('total_price_greater_than(341.59)'), [dear]);
      assert.deepEqual(await found('service_price_total_less_than_or_equal(1),order_by_asc(id)'), [
        cheap,
        none,
      ]);
      assert.deepEqual(await found('material_price_total_greater_than(0)'), [dear]);
      assert.deepEqual(await got('quotes/count?_search=totals&_filters=total_price(0)'), { count: '1' });
      assert.deepEqual(await found(`against(company(${company})),created_by(0)`), [cheap, dear, none]);
    });
  });
});
