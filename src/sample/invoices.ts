import type { Customer } from './customers.ts';
import { day, type SampleWriter } from './writer.ts';

interface Invoiced {
  readonly job: number;
  readonly logged: readonly number[];
  readonly crates: number;
  /** Hundredths. */
  readonly docking: number;
}

/** The invoice of a complete job: all time that was logged on it, its crates and its expense. Of three, one is paid, one in part, one not. */
export async function writeInvoice(w: SampleWriter, customer: Customer, of: Invoiced): Promise<void> {
  const { at: i, affiliation, since, manager } = customer;
  const writer = { at: since + 61 * day, by: manager };
  const number = w.ids('invoices').length + 1;
  const invoice = await w.put(
    'invoices',
    {
      subject: `Invoice for job J-${i + 1}`,
      invoice_number: 3_000 + number,
      against_type: 'job',
      against_id: of.job,
      affiliation,
      currency: w.pick('currencies', 0),
      notes: 'Payable in thirty days.',
      date_raised: writer.at,
      date_due: writer.at + 30 * day,
    },
    writer,
  );
  const { seconds, rate } = await markInvoiced(w, of.logged, invoice);
  const amount =
    (await putLine(w, {
      invoice,
      type: 'service',
      description: 'Work',
      quantity: seconds / 3_600,
      price: rate,
    })) +
    (await putLine(w, {
      invoice,
      type: 'material',
      description: 'Packing crates',
      quantity: of.crates,
      price: 2_500,
    })) +
    (await putLine(w, { invoice, type: 'expense', description: 'Docking', quantity: 1, price: of.docking }));
  const paid = [amount, Math.floor(amount / 2), 0][number % 3] ?? 0;
  if (paid > 0)
    await putPayment(w, {
      ...{ type: 'account_invoice', id: invoice, amount: paid, affiliation, direction: 'credit' },
      ...{ at: writer.at + 10 * day, by: manager },
    });
}

/** Activities and their allocations say that they were invoiced. Answers the seconds they have together, and what an hour of them costs. */
async function markInvoiced(
  w: SampleWriter,
  activities: readonly number[],
  invoice: number,
): Promise<{ readonly seconds: number; readonly rate: number }> {
  let [seconds, rate] = [0, 0];
  for (const id of activities) {
    const columns = ['billable', 'rate_charged', 'time_allocation_id'];
    const row = await w.store.find(w.deployment, 'activities', columns, { id });
    seconds += Number(row?.billable);
    rate = Number(row?.rate_charged);
    await w.set('activities', id, { invoice, standing: 'invoiced' });
    await w.set('time_allocations', Number(row?.time_allocation_id), { standing: 'invoiced' });
  }
  return { seconds, rate };
}

interface Line {
  readonly invoice: number;
  readonly type: 'service' | 'material' | 'expense';
  readonly description: string;
  readonly quantity: number;
  /** Hundredths. */
  readonly price: number;
}

/** A line with its tax, a tenth. Answers what it comes to with tax, in hundredths. */
async function putLine(
  w: SampleWriter,
  { invoice, type, description, quantity, price }: Line,
): Promise<number> {
  const amount = quantity * price;
  const tax = Math.round(amount / 10);
  await w.put('invoice_line_items', {
    ...{ invoice, type, description, tax },
    quantity: quantity * 1_000_000,
    rate: price * 10_000,
    line_item_ledger: w.pick('ledgers', ['service', 'material', 'expense'].indexOf(type) + 1),
    line_item_tax: w.pick('taxes', 0),
    ordering: ['service', 'material', 'expense'].indexOf(type) + 1,
  });
  return amount + tax;
}

interface Payment {
  readonly type: string;
  readonly id: number;
  readonly amount: number;
  readonly affiliation: number;
  readonly direction: 'credit' | 'debit';
  readonly at: number;
  readonly by: number;
}

/** A payment, and its receipt. */
export async function putPayment(
  w: SampleWriter,
  { type, id, amount, affiliation, direction, at, by }: Payment,
): Promise<void> {
  const receipt = await w.put(
    'payment_receipts',
    { affiliation, owner_type: 'staff', owner_id: by, date_received: at },
    { at, by },
  );
  await w.put(
    'payments',
    {
      payment_receipt: receipt,
      amount,
      payment_currency: w.pick('currencies', 0),
      payment_method: w.pick('payment_methods', id),
      against_type: type,
      against_id: id,
      direction,
    },
    { at, by },
  );
}
