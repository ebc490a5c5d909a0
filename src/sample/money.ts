import type { Customer } from './customers.ts';
import { putPayment, writeInvoice } from './invoices.ts';
import { statusAt } from './statuses.ts';
import type { Job } from './work.ts';
import { day, type SampleWriter } from './writer.ts';

// Money is kept in hundredths, but for what has a quantity: expenses and materials have four digits after the point, lines of invoices six.

/** What a job costs besides time, and its invoice when it is complete. `logged`: the activities that logged its time. */
export async function writeMoney(
  w: SampleWriter,
  customer: Customer,
  job: Job,
  logged: readonly number[],
): Promise<void> {
  const { at: i, since, manager } = customer;
  const crates = 1 + (i % 4);
  await w.put(
    'materials',
    {
      title: 'Packing crates',
      against_type: 'job',
      against_id: job.id,
      material_template: w.pick('item_templates', 1),
      quantity: crates * 10_000,
      cost: 150_000,
      price: 250_000,
    },
    { at: since + 2 * day, by: manager },
  );
  // What is invoiced was approved.
  const step = job.step === 2 ? 1 : i % 3;
  const docking = 40_000 + (i % 5) * 1_000;
  await writeExpense(w, customer, { job: job.id, step, price: docking });
  if (i % 3 === 1) await writePurchase(w, customer, crates);
  if (job.step === 2) await writeInvoice(w, customer, { job: job.id, logged, crates, docking });
}

async function writeExpense(
  w: SampleWriter,
  { at: i, since, manager }: Customer,
  { job, step, price }: { readonly job: number; readonly step: number; readonly price: number },
): Promise<void> {
  const at = since + 3 * day;
  const expense = await w.put(
    'expenses',
    {
      title: 'Docking at the port',
      unit_cost: price * 80,
      price: price * 100,
      quantity: 10_000,
      expense_type: w.pick('expense_types', i),
      against_type: 'job',
      against_id: job,
      status: statusAt(w, 'expense', step),
      approver: step === 0 ? null : w.pick('staff', 0),
      date_incurred: at,
    },
    { at: at + step * day, by: manager },
  );
  await w.putMoves('expenses', expense, step, { at, by: w.pick('staff', 0) });
}

/** Crates that were bought, and paid in full. */
async function writePurchase(
  w: SampleWriter,
  { affiliation, since, manager }: Customer,
  crates: number,
): Promise<void> {
  const [amount, at] = [crates * 1_500, since + day];
  const tax = amount / 10;
  const writer = { at, by: manager };
  const purchase = await w.put(
    'purchases',
    { title: 'Crates', affiliation, amount, tax, date_purchased: at },
    writer,
  );
  await putPayment(w, {
    type: 'purchase',
    id: purchase,
    amount: amount + tax,
    affiliation,
    direction: 'debit',
    ...writer,
  });
}
