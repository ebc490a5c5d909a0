import type { Customer } from './customers.ts';
import { tagSome } from './settings.ts';
import { statusAt } from './statuses.ts';
import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

/** What a customer may buy, asked for, or pays for again and again. `issue`: one of its issues. */
export async function writeSales(w: SampleWriter, customer: Customer, issue: number): Promise<void> {
  const { at: i } = customer;
  if (i % 2 === 0) await writeProspect(w, customer);
  if (i % 3 !== 1) await writeRequest(w, customer, issue);
  if (i % 4 === 0) await writeContract(w, customer, issue);
}

/** A prospect, and the quote for it, whose total is the prospect's value. */
async function writeProspect(
  w: SampleWriter,
  { at: i, affiliation, since, manager }: Customer,
): Promise<void> {
  const step = (i / 2) % 3;
  const [hours, crates] = [4 + (i % 6), 2];
  const value = hours * 12_000 + crates * 2_500;
  const weighting = [10, 50, 90][step] ?? 0;
  const moved = { at: since + (20 + step) * day, by: manager };
  const prospect = await w.put(
    'prospects',
    {
      title: `${words.pick(words.jobs, i + 2)} for next year`,
      affiliation,
      manager,
      prospect_type: w.pick('prospect_types', i / 2),
      prospect_probability: w.pick('prospect_probabilities', step),
      status: statusAt(w, 'prospect', step),
      value,
      weighting,
      value_weighted: Math.round((value / 100) * (weighting / 100)),
      progress: weighting * 10_000,
      comments: 'They like crates.',
      date_created: since + 20 * day,
      date_due: since + 80 * day,
    },
    moved,
  );
  await w.putMoves('prospects', prospect, step, { at: since + 20 * day, by: manager });
  await tagSome(w, 'prospect', prospect, i);
  const quote = await w.put(
    'quotes',
    {
      title: 'Quote for deliveries',
      against_type: 'prospect',
      against_id: prospect,
      affiliation,
      manager,
      status: statusAt(w, 'quote', step),
      introduction: 'Good news!',
      conclusion: 'We look forward to it.',
      terms: 'Payable in thirty days.',
      date_expiry: moved.at + 60 * day,
    },
    moved,
  );
  const against = { against_type: 'quote', against_id: quote };
  await w.put('services', {
    ...against,
    service_template: w.pick('item_templates', 0),
    time: hours * 3_600,
    price: hours * 12_000,
  });
  await w.put(
    'materials',
    {
      ...against,
      title: 'Packing crates',
      material_template: w.pick('item_templates', 1),
      quantity: crates * 10_000,
    },
    moved,
  );
}

const standings = ['pending', 'open', 'converted', 'closed'] as const;

/** A request, and the thread that it began. */
async function writeRequest(
  w: SampleWriter,
  { at: i, affiliation, since, manager }: Customer,
  issue: number,
): Promise<void> {
  const standing = words.pick(standings, Math.floor(i / 3));
  const [at, claimer] = [since + 2 * day, standing === 'pending' ? null : manager];
  const said = { title: words.pick(words.issues, i + 1), body: 'Please call back.' };
  const request = await w.put(
    'requests',
    {
      ...said,
      standing,
      affiliation,
      claimer,
      source: 'email',
      type: w.pick('request_types', i),
      request_priority: w.pick('request_priorities', i),
      ...(standing === 'converted' ? { conversion_type: 'issue', conversion_id: issue } : {}),
    },
    { at, by: manager },
  );
  const mail = { medium: 'email', against_type: 'request', against_id: request, visibility: 'all' };
  const asked = {
    ...mail,
    subject: said.title,
    body: said.body,
    owner_type: 'affiliation',
    owner_id: affiliation,
  };
  const thread_id = await w.putActivity(asked, { at, by: manager });
  await w.set('requests', request, { thread_id });
  if (claimer === null) return;
  const answer = { ...mail, subject: `Re: ${said.title}`, body: 'We did.', parent_id: thread_id };
  await w.putActivity(answer, { at: at + 7_200, by: manager });
}

/** A contract with two periods, each with a budget of the contract's value, and time that was worked in the second. */
async function writeContract(w: SampleWriter, customer: Customer, issue: number): Promise<void> {
  const { at: i, company, affiliation, since, manager } = customer;
  const [step, value] = [i % 12 === 8 ? 2 : 1, 300_000];
  const contract = await w.put(
    'contracts',
    {
      title: `Deliveries, month by month ${i + 1}`,
      against_type: 'company',
      against_id: company,
      owner_affiliation: affiliation,
      contract_type: w.pick('contract_types', i / 4),
      status: statusAt(w, 'contract', step),
      manager,
      value,
      date_created: since,
      date_started: since,
      date_expires: since + 365 * day,
    },
    { at: since + step * day, by: manager },
  );
  await w.putMoves('contracts', contract, step, { at: since, by: manager });
  for (const k of [0, 1]) {
    const begins = since + k * 30 * day;
    const closed = k === 0 || step === 2;
    const period = await w.put(
      'contract_periods',
      {
        contract,
        date_commenced: begins,
        date_expires: begins + 30 * day,
        standing: closed ? 'closed' : 'opened',
        date_closed: closed ? begins + 30 * day : null,
        budget_type: 'pre-paid',
        allowance_type: 'fixed_value',
        rate_type: 'contract',
        rate: w.pick('rates', 0),
        rollover: 1,
      },
      { at: begins, by: manager },
    );
    await w.put('contract_budgets', { against_type: 'contract_period', against_id: period, value });
    await writePeriodWork(w, customer, period, begins);
  }
  await w.set('issues', issue, { contract });
}

async function writePeriodWork(
  w: SampleWriter,
  { manager }: Customer,
  period: number,
  begins: number,
): Promise<void> {
  const against = { against_type: 'contract_period', against_id: period };
  await w.putActivity(
    { ...against, subject: 'A delivery of the month', billable: 7_200, date_started: begins + 3 * day },
    { at: begins + 3 * day, by: manager },
  );
  await w.put(
    'materials',
    { ...against, title: 'Crates', material_template: w.pick('item_templates', 1) },
    { at: begins },
  );
}
