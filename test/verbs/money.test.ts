import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { contents } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

onEveryEngine('expenses, invoices and payments', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'MomCorp' });
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

  test('an expense charges its cost unless another charge is sent; its standing is that of its status', async () => {
    const type = await tenant.put('expense_types', { title: 'Food' });
    const submitted = await tenant.put('expense_statuses', { title: 'New', standing: 'submitted', start: 1 });
    const approved = await tenant.put('expense_statuses', {
      title: 'Good',
      standing: 'approved',
      ordering: 1,
    });
    const move = await tenant.put('expense_progressions', {
      title: 'Approve',
      status: approved,
      from: submitted,
    });
    const made = await tenant.post(
      '/api/v0/expenses?_fields=price,submitter_id,billable,expense_type(title)',
      {
        title: 'Lunch',
        against_type: 'company',
        against_id: String(company),
        unit_cost: '78',
        quantity: '1.5',
        type_id: String(type),
      },
    );
    assert.equal(made.http, 200, made.text);
    const { id, ...rest } = made.json.response as unknown as Row;
    assert.deepEqual(rest, {
      title: 'Lunch',
      unit_cost: '78.0000',
      quantity: '1.5000',
      standing: 'submitted',
      price: '78.0000',
      submitter_id: String(tenant.admin),
      billable: 'yes',
      expense_type: { id: String(type), title: 'Food' },
    });
    for (const [filter, expected] of [
      ['cost_greater_than(116.9999),cost_less_than(117.0001)', [id]],
      ['cost_greater_than(117)', []],
    ] as const) {
      const found = await got<Row[]>(`expenses?_filters=${filter}`);
      assert.deepEqual(
        found.map((each) => each.id),
        expected,
        filter,
      );
    }
    const moved = await tenant.api('POST', `/api/v0/expenses/${id}/progressions/${move}/auto`);
    assert.equal(moved.http, 200, moved.text);
    assert.equal((await got<Row>(`expenses/${id}`)).standing, 'approved');
    const removed = await tenant.api('DELETE', `/api/v0/expenses/${id}`);
    assert.equal(removed.http, 200, removed.text);
    assert.equal((await tenant.get(`/api/v0/expenses/${id}`)).cause, 'object.missing');
  });

  test('an invalid expense is refused by parameter, and nothing is written', async () => {
    const type = await tenant.put('expense_types', { title: 'Travel' });
    const right = {
      title: 'Flight',
      against_type: 'company',
      against_id: String(company),
      unit_cost: '100',
      quantity: '1',
      type_id: String(type),
    };
    const before = await contents(tenant);
    for (const [name, value] of [
      ['unit_cost', '1.23456'],
      ['unit_cost', '99999999999999999999'],
      ['quantity', 'many'],
      ['against_type', 'robot'],
      ['against_id', '4000000'],
      ['type_id', '4000000'],
      ['billable', 'perhaps'],
    ] as const) {
      const reply = await tenant.post('/api/v0/expenses', { ...right, [name]: value });
      assert.equal(reply.http, 400, `${name}=${value}: ${reply.text}`);
      assert.equal(reply.json.meta.status, 'invalid_request');
      assert.ok(reply.json.meta.message?.includes(name.startsWith('against') ? 'against' : name), reply.text);
    }
    assert.deepEqual(await contents(tenant), before);
  });

  test('an invoice amounts to its lines, less what was paid', async () => {
    const cents = fc.integer({ min: 0, max: 10_000_000 });
    const lines = fc.array(
      fc.record({
        quantity: fc.integer({ min: 0, max: 50_000_000 }),
        rate: fc.integer({ min: 0, max: 90_000_000_000 }),
        tax: cents,
      }),
      { maxLength: 6 },
    );
    const payments = fc.array(fc.record({ amount: cents, direction: fc.constantFrom('credit', 'debit') }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(lines, payments, async (items, paid) => {
        const invoice = await tenant.put('invoices', { subject: 'Work' });
        const receipt = await tenant.put('payment_receipts', {});
        for (const item of items) await tenant.put('invoice_line_items', { ...item, invoice });
        for (const payment of paid)
          await tenant.put('payments', {
            ...payment,
            payment_receipt: receipt,
            against_type: 'account_invoice',
            against_id: invoice,
          });
        const rounded = (product: bigint): bigint => (product + 5_000_000_000n) / 10_000_000_000n;
        const amount = items.reduce(
          (sum, { quantity, rate }) => sum + rounded(BigInt(quantity) * BigInt(rate)),
          0n,
        );
        const tax = items.reduce((sum, each) => sum + BigInt(each.tax), 0n);
        const settled = paid.reduce(
          (sum, each) => sum + BigInt(each.direction === 'credit' ? each.amount : -each.amount),
          0n,
        );
        const written = (value: bigint): string => {
          const size = value < 0n ? -value : value;
          return `${value < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
        };
        const {
          amount: shown,
          tax: taxed,
          outstanding,
        } = await got<Row>(`invoices/${invoice}?_fields=tax,outstanding`);
        assert.deepEqual(
          { shown, taxed, outstanding },
          { shown: written(amount), taxed: written(tax), outstanding: written(amount + tax - settled) },
        );
      }),
      { numRuns: 25 },
    );
  });

  test('payments are found by what they are against, and link to their receipt, method and currency', async () => {
    const invoice = await tenant.put('invoices', { subject: 'Delivery' });
    const [receipt, method, currency] = [
      await tenant.put('payment_receipts', { owner_type: 'staff', owner_id: tenant.admin }),
      await tenant.put('payment_methods', { title: 'Visa' }),
      await tenant.put('currencies', { title: 'Dollars', code: 'AUD', symbol: '$' }),
    ];
    const parts = { payment_receipt: receipt, payment_method: method, payment_currency: currency };
    const payment = await tenant.put('payments', {
      ...parts,
      amount: 7_900,
      against_type: 'account_invoice',
      against_id: invoice,
    });
    assert.deepEqual(
      await got(
        `payments?_filters=against(account_invoice(${invoice}))&_fields=direction,payment_receipt(amount),payment_method(title),payment_currency(code,symbol)`,
      ),
      [
        {
          id: String(payment),
          payment_receipt: { id: String(receipt), amount: '79.00' },
          receipt_id: String(receipt),
          amount: '79.00',
          payment_currency: { id: String(currency), title: 'Dollars', code: 'AUD', symbol: '$' },
          payment_method: { id: String(method), title: 'Visa' },
          direction: 'credit',
        },
      ],
    );
  });
});
