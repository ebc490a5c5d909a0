import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { customTypes } from '../../src/catalogue/traits/lookups.ts';
import { receiverUrl } from '../../src/sample/extras.ts';
import { sample } from '../../src/sample/sample.ts';
import type { Values } from '../../src/store/store.ts';
import { serveSample } from './served.ts';

type Json = Readonly<Record<string, unknown>>;

let served: Awaited<ReturnType<typeof serveSample>>;
before(async () => {
  served = await serveSample();
});
after(() => served.server.close());

const ask = (path: string, token: string = sample.token): Promise<Response> =>
  fetch(`http://127.0.0.1:${served.server.port}/api/v0/${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });

/** All objects of a list, with all their fields. */
async function listed(path: string): Promise<readonly Json[]> {
  const all: Json[] = [];
  for (let page = 0; ; page++) {
    const reply = await ask(`${path}?_fields=_ALL&_limit=100&_page=${page}`);
    const { response } = (await reply.json()) as { response: readonly Json[] };
    all.push(...response);
    if (response.length < 100) return all;
  }
}

/** All rows of a table, as they are kept. */
async function rows(table: string): Promise<readonly Values[]> {
  const resource = served.server.world.catalogue.resources.get(table);
  assert.ok(resource, table);
  const columns = Object.values(resource.fields).flatMap(({ column }) => column ?? []);
  return served.server.world.store.list(served.deployment, { table, columns, limit: 1e6 });
}

const sum = (numbers: readonly unknown[]): number =>
  numbers.reduce<number>((all, each) => all + Number(each), 0);
/** A decimal of an answer in hundredths. */
const cents = (decimal: unknown): number => Math.round(Number(decimal) * 100);
const against =
  (type: string, id: unknown) =>
  ({ against_type, against_id }: Values): boolean =>
    against_type === type && Number(against_id) === Number(id);

test('every link leads to a row that is there', async () => {
  const { resources, bySingular } = served.server.world.catalogue;
  const ids = new Map<string, ReadonlySet<unknown>>();
  for (const name of resources.keys()) ids.set(name, new Set((await rows(name)).map(({ id }) => id)));
  const loose: string[] = [];
  let links = 0;
  for (const { name, fields } of resources.values())
    for (const row of await rows(name))
      for (const { column, to, reference } of Object.values(fields)) {
        const type = reference && row[fields[reference.type]?.column ?? ''];
        const id = reference ? row[fields[reference.id]?.column ?? ''] : row[column ?? ''];
        const target = reference ? bySingular.get(String(type))?.name : column && to;
        // A reference without a type or with the id 0 leads nowhere.
        if (!id || (reference ? !type : !target)) continue;
        links++;
        if (!target || !ids.get(target)?.has(id)) loose.push(`${name} ${row.id}: ${target} ${id}`);
      }
  assert.deepEqual(loose, []);
  assert.ok(links > 5_000, `${links} links`);
});

test('an invoice comes to its lines, and its lines to the time, materials and expenses of its job', async () => {
  const [lines, payments, activities, allocations, materials, expenses] = await Promise.all(
    ['invoice_line_items', 'payments', 'activities', 'time_allocations', 'materials', 'expenses'].map(rows),
  );
  const seen = new Set<string>();
  for (const invoice of await listed('invoices')) {
    const own = lines?.filter(({ invoice_id }) => Number(invoice_id) === Number(invoice.id)) ?? [];
    const come = (type: string): number =>
      sum(
        own
          .filter((line) => line.type === type)
          .map(({ quantity, rate }) => (Number(quantity) * Number(rate)) / 1e10),
      );
    assert.equal(cents(invoice.amount), come('service') + come('material') + come('expense'));
    assert.equal(cents(invoice.tax), sum(own.map(({ tax }) => tax)));
    const paid = sum(
      payments?.filter(against('account_invoice', invoice.id)).map(({ amount }) => amount) ?? [],
    );
    const outstanding = cents(invoice.amount) + cents(invoice.tax) - paid;
    assert.equal(cents(invoice.outstanding), outstanding);
    assert.ok(outstanding >= 0);
    seen.add(outstanding === 0 ? 'paid' : paid > 0 ? 'paid in part' : 'not paid');
    const logged = activities?.filter(({ invoice_id }) => Number(invoice_id) === Number(invoice.id)) ?? [];
    const charged = logged.map(
      ({ time_allocation_id: id }) => allocations?.find((each) => each.id === id)?.charged,
    );
    assert.equal(come('service'), sum(charged));
    const job = against('job', invoice.against_id);
    const priced = ({ quantity, price }: Values): number => (Number(quantity) * Number(price)) / 1e6;
    assert.equal(come('material'), sum(materials?.filter(job).map(priced) ?? []));
    assert.equal(come('expense'), sum(expenses?.filter(job).map(priced) ?? []));
  }
  assert.equal(seen.size, 3, [...seen].join());
});

test('a receipt comes to its payments, a purchase is paid in full, a quote is worth what its prospect is', async () => {
  const payments = await rows('payments');
  for (const { id } of await rows('payment_receipts'))
    assert.equal(payments.filter(({ payment_receipt_id }) => payment_receipt_id === id).length, 1);
  for (const purchase of await listed('purchases'))
    assert.equal(
      cents(purchase.total),
      sum(payments.filter(against('purchase', purchase.id)).map(({ amount }) => amount)),
    );
  const prospects = await rows('prospects');
  const quotes = await listed('quotes');
  for (const quote of quotes) {
    const prospect = prospects.find(({ id }) => Number(id) === Number(quote.against_id));
    assert.equal(cents(quote.total_price), prospect?.value);
  }
  assert.equal(quotes.length, prospects.length);
});

test('the time of activities is that of their allocations, and adds up in tasks, issues and jobs', async () => {
  const [activities, allocations, tasks] = await Promise.all(
    ['activities', 'time_allocations', 'tasks'].map(rows),
  );
  assert.ok(activities && allocations && tasks);
  const timed = activities.filter(({ billable, nonbillable }) => Number(billable) + Number(nonbillable) > 0);
  assert.equal(timed.length, allocations.length);
  for (const activity of timed) {
    const own: Values | undefined = allocations.find(({ id }) => id === activity.time_allocation_id);
    for (const name of ['billable', 'nonbillable', 'against_type', 'against_id'])
      assert.equal(own?.[name], activity[name]);
    assert.equal(own?.charged, (Number(activity.billable) * Number(activity.rate_charged)) / 3_600);
  }
  const logged = (type: string, id: unknown): number =>
    sum(
      activities
        .filter(against(type, id))
        .map(({ billable, nonbillable }) => Number(billable) + Number(nonbillable)),
    );
  const shown = await listed('tasks');
  for (const task of shown) {
    assert.equal(Number(task.logged), logged('task', task.id));
    assert.equal(Number(task.remaining), Number(task.budgeted) - Number(task.logged));
    const { standing, remaining } = task;
    assert.equal(Number(remaining) === 0, standing === 'complete', `task ${task.id} is ${standing}`);
  }
  for (const budget of await listed('object_budgets')) {
    if (budget.against_type !== 'job') continue;
    const own: readonly Values[] = tasks.filter(
      ({ task_job_id }) => Number(task_job_id) === Number(budget.against_id),
    );
    const all: number = logged('job', budget.against_id) + sum(own.map(({ id }) => logged('task', id)));
    assert.equal(Number(budget.logged_subtotal), all);
  }
});

test('the history of an object ends at the status it has', async () => {
  const { bySingular } = served.server.world.catalogue;
  const last = new Map<string, Values>();
  for (const row of await rows('progression_histories')) {
    const before = last.get(`${row.against_type} ${row.against_id}`);
    assert.ok(Number(before?.date_modified ?? 0) < Number(row.date_modified));
    last.set(`${row.against_type} ${row.against_id}`, row);
  }
  const { store } = served.server.world;
  for (const { against_type, against_id, to_id } of last.values()) {
    const resource = bySingular.get(String(against_type));
    const column = resource?.fields[resource.progression?.status ?? '']?.column as string;
    const row = await store.find(served.deployment, resource?.name ?? '', [column], {
      id: against_id ?? null,
    });
    assert.equal(row?.[column], to_id, `${against_type} ${against_id}`);
  }
  assert.ok(new Set([...last.values()].map(({ against_type }) => against_type)).size >= 9);
});

test('files are what they are said to be', async () => {
  const files = await rows('resources');
  for (const { id, filesize, sha256, mimetype } of files) {
    const reply = await ask(`resources/${id}/download`);
    const content = Buffer.from(await reply.arrayBuffer());
    assert.equal(content.length, filesize);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
    assert.match(reply.headers.get('content-type') ?? '', new RegExp(`^${mimetype}`));
  }
  assert.ok(new Set(files.map(({ mimetype }) => mimetype)).size >= 4);
});

test('fields of every type have a value', async () => {
  for (const word of ['profile', 'extension'] as const) {
    const fields = await rows(`${word}_fields`);
    const filled = new Set((await rows(`${word}_values`)).map(({ field_id }) => field_id));
    const types = fields.filter(({ id }) => filled.has(id ?? null)).map(({ field_type }) => field_type);
    assert.deepEqual(new Set(types), new Set(customTypes[word]));
  }
});

test('a private activity is seen by its owner alone', async () => {
  const { store } = served.server.world;
  const admin = await store.find(served.deployment, 'staff', ['id'], { username: sample.admin });
  const hidden = (await rows('activities')).filter(({ visibility }) => visibility === 'private');
  const owners = hidden.map(({ owner_id }) => owner_id);
  assert.ok(owners.some((id) => id !== admin?.id));
  for (const { id, owner_id } of hidden)
    assert.equal((await ask(`activities/${id}`)).status, owner_id === admin?.id ? 200 : 400);
});

test('tokens have expired and were revoked, and people are locked out and inactive', async () => {
  for (const [token, cause] of [
    [sample.expiredToken, 'token.expired'],
    [sample.revokedToken, 'token.revoked'],
    [sample.lockedOutToken, 'user.invalid'],
  ] as const) {
    const reply = await ask('companies', token);
    assert.deepEqual([reply.status, reply.headers.get('x-status-cause')], [401, cause]);
  }
  const people = await rows('staff');
  const standingOf = (name: string): unknown => people.find(({ username }) => username === name)?.standing;
  assert.equal(standingOf(sample.lockedOut), 'lockout');
  assert.equal(standingOf(sample.inactive), 'inactive');
});

test('subscriptions to webhooks lead to the machine itself, and one of them is disabled', async () => {
  const { response } = (await (await ask('webhooks/subscriptions')).json()) as {
    response: { subscriptions: readonly Json[] };
  };
  const all = response.subscriptions;
  assert.deepEqual([...new Set(all.map(({ trigger_url }) => trigger_url))], [receiverUrl]);
  assert.deepEqual(all.map(({ date_disabled }) => date_disabled === null).sort(), [false, true]);
});
