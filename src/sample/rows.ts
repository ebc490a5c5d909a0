import { type Catalogue, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { type Inside, insertObject } from '../request/08-operation/write.ts';
import type { Writing } from '../store/store.ts';
import * as words from './words.ts';

const day = 86_400;

const statusesOf: Readonly<
  Record<string, readonly (readonly [title: string, standing: string, color: string])[]>
> = {
  company: [
    ['Active', 'active', 'green'],
    ['Dormant', 'inactive', 'grey'],
  ],
  contact: [
    ['Active', 'active', 'green'],
    ['Left', 'inactive', 'grey'],
  ],
  affiliation: [
    ['Current', 'active', 'green'],
    ['Former', 'inactive', 'grey'],
  ],
  job: [
    ['Planned', 'pending', 'blue'],
    ['In progress', 'active', 'green'],
    ['Complete', 'complete', 'grey'],
  ],
  milestone: [
    ['Planned', 'pending', 'blue'],
    ['In progress', 'started', 'green'],
    ['Complete', 'complete', 'grey'],
  ],
  task: [
    ['Pending', 'pending', 'blue'],
    ['Accepted', 'accepted', 'orange'],
    ['Started', 'started', 'green'],
    ['Complete', 'complete', 'grey'],
  ],
  issue: [
    ['Submitted', 'submitted', 'orange'],
    ['Open', 'open', 'green'],
    ['Resolved', 'resolved', 'blue'],
    ['Closed', 'closed', 'grey'],
  ],
};

/** How many of each; `told` hears of every batch. */
export interface SampleOptions {
  readonly deployment: number;
  readonly now: number;
  readonly passwordHash: string;
  /** `undefined`: people only. */
  readonly companies: number | undefined;
  readonly told: (done: string) => void;
}

/** Writes the rows of the sample deployment, all in one transaction. */
export async function writeRows(store: Writing, catalogue: Catalogue, options: SampleOptions): Promise<void> {
  const { deployment, now, passwordHash, companies, told } = options;
  const inside: Inside = { catalogue, store, deployment, staffId: 1, now };
  const put = (name: string, values: Readonly<Record<string, Stored>>): Promise<number> =>
    insertObject(inside, resourceNamed(catalogue, name), { values, names: {} });

  for (const [i, [firstname, surname]] of words.people.entries()) {
    const username = firstname.toLowerCase();
    const access =
      i === 0
        ? '{"everything":"admin"}'
        : i === 1
          ? '{"everything":"standard","staff":"none","issues":"none"}'
          : '{"everything":"standard"}';
    await put('staff', {
      firstname,
      surname,
      username,
      access,
      email: `${username}@planet-express.example`,
      position: words.pick(words.positions, i),
      password: passwordHash,
      standing: 'active',
      timezone: 'America/New_York',
      phone: `555 01${10 + i}`,
    });
  }
  if (companies === undefined) return;
  for (const title of ['Client Work', 'Sales', 'Internal']) await put('activity_classes', { title });
  // The reference: "Default is 3".
  for (const [i, title] of ['Extreme', 'High', 'Medium', 'Low', 'None'].entries())
    await put('activity_priorities', { title, level: i + 1 });
  for (const [i, title] of ['Urgent', 'High', 'Normal', 'Low'].entries())
    await put('task_priorities', { title, level: i + 1 });
  for (const title of ['General', 'Delivery']) await put('task_types', { title });
  for (const title of ['Project', 'Retainer', 'Delivery']) await put('job_types', { title });
  for (const title of ['Support', 'Incident']) await put('issue_types', { title });
  for (const title of ['Minor', 'Major']) await put('issue_classes', { title });
  for (const [title, color] of [
    ['Low', 'grey'],
    ['Normal', 'green'],
    ['High', 'orange'],
    ['Critical', 'red'],
  ] as const)
    await put('issue_priorities', { title, color });
  for (const title of ['Fixed', 'Explained', 'Withdrawn']) await put('issue_resolutions', { title });
  const statuses = new Map<string, number[]>();
  for (const [kind, rows] of Object.entries(statusesOf)) {
    const ids: number[] = [];
    for (const [i, [title, standing, color]] of rows.entries()) {
      ids.push(
        await put(`${kind}_statuses`, { title, standing, color, start: i === 0 ? 1 : 0, ordering: i + 1 }),
      );
    }
    statuses.set(kind, ids);
    for (const [i, to] of ids.entries()) {
      const from = ids[i - 1] ?? null;
      if (from !== null) await put(`${kind}_progressions`, { title: rows[i]?.[0] ?? '', from, status: to });
    }
    const [first, last] = [ids[0] ?? null, ids.at(-1) ?? null];
    await put(`${kind}_progressions`, { title: 'Start again', from: last, status: first });
  }
  for (const title of ['United States', 'Mars', 'Australia']) await put('countries', { title });
  for (const [title, abbreviation] of [
    ['New New York', 'NNY'],
    ['California', 'CA'],
  ] as const)
    await put('states', { title, abbreviation, country: 1 });
  const statusOf = (kind: string, at: number): number => words.pick(statuses.get(kind) ?? [], at);
  const staffOf = (at: number): number => 1 + (at % words.people.length);
  told('configuration');

  for (let i = 0; i < companies; i++) {
    const at = now - ((i * 7) % 900) * day;
    const name = `${words.pick(words.places, i)} ${words.pick(words.trades, Math.floor(i / words.places.length))} ${1 + Math.floor(i / 180)}`;
    const host = name.toLowerCase().replaceAll(' ', '-');
    const company = await put('companies', {
      name,
      website: `https://www.${host}.example`,
      phone: `555 ${String(1_000 + i)}`,
      comments: `A customer since ${3_000 - (i % 40)}.`,
      date_created: at,
      status: statusOf('company', i % 5 === 4 ? 1 : 0),
    });
    const street1 = `${1 + (i % 200)} ${words.pick(words.places, i + 3)} Street`;
    const city = words.pick(words.cities, i);
    const zipcode = String(10_000 + i);
    const address = await put('addresses', {
      against_type: 'company',
      against_id: company,
      title: 'Head office',
      street1,
      city,
      zipcode,
      country: 1,
      state: 1,
      postal: 1,
      physical: 1,
      full: `${street1}, ${city}, ${zipcode}, NNY, United States`,
      short: `${city}, ${zipcode}, NNY, United States`,
    });
    let affiliation = 0;
    for (let k = 0; k < 2; k++) {
      const [firstname, surname] = [
        words.pick(words.firstnames, i + k * 7),
        words.pick(words.surnames, i * 3 + k),
      ];
      const contact = await put('contacts', {
        firstname,
        surname,
        status: statusOf('contact', 0),
        date_created: at,
      });
      const linked = await put('affiliations', {
        company,
        contact,
        email: `${firstname}.${surname}.${i}@${host}.example`.toLowerCase(),
        phone: `555 ${2_000 + i}`,
        position: words.pick(['Director', 'Buyer', 'Engineer'], i + k),
        postal_address: address,
        affiliation_status: statusOf('affiliation', 0),
      });
      await store.update(deployment, 'contacts', { id: contact }, { default_affiliation_id: linked });
      if (k === 0) affiliation = linked;
    }
    await store.update(
      deployment,
      'companies',
      { id: company },
      { default_affiliation_id: affiliation, postal_address_id: address },
    );
    await put('company_managers', { company, staff: staffOf(i) });
    await writeWork(i, company, affiliation, at);
    if (i % 50 === 49) told(`${i + 1} of ${companies} companies`);
  }

  async function writeWork(i: number, company: number, affiliation: number, at: number): Promise<void> {
    const job = await put('jobs', {
      title: `${words.pick(words.jobs, i)} ${i + 1}`,
      against_type: 'company',
      against_id: company,
      affiliation,
      manager: staffOf(i),
      job_type: 1 + (i % 3),
      status: statusOf('job', i),
      date_created: at,
      date_started: at + day,
      date_due: at + 60 * day,
      custom_id: `J-${i + 1}`,
    });
    for (const [k, stage] of words.stages.entries()) {
      const milestone = await put('milestones', {
        title: stage,
        job,
        ordering: k + 1,
        manager: staffOf(i),
        status: statusOf('milestone', i + k),
        date_started: at + k * 20 * day,
      });
      await put('tasks', {
        title: words.pick(words.tasks, i + k),
        description: `For ${stage.toLowerCase()}.`,
        against_type: 'milestone',
        against_id: milestone,
        assignee: staffOf(i + k),
        manager: staffOf(i),
        task_status: statusOf('task', i + k),
        task_type: 1 + (k % 2),
        task_priority: 1 + ((i + k) % 4),
        date_started: at + k * 20 * day,
        date_due: at + (k + 1) * 20 * day,
        remaining: 3_600 * (1 + (i % 8)),
        date_created: at,
      });
    }
    const issue = await put('issues', {
      title: words.pick(words.issues, i),
      against_type: 'company',
      against_id: company,
      affiliation,
      issue_type: 1 + (i % 2),
      class: 1 + (i % 2),
      issue_priority: 1 + (i % 4),
      status: statusOf('issue', i),
      assignee: staffOf(i),
      date_submitted: at + 3 * day,
      date_due: at + 10 * day,
    });
    for (const [against_type, against_id] of [
      ['job', job],
      ['issue', issue],
      ['company', company],
    ] as const) {
      const date = at + 4 * day;
      await put('activities', {
        subject: words.pick(words.notes, i),
        body: 'Nothing to report, which is good.',
        against_type,
        against_id,
        owner_type: 'staff',
        owner_id: staffOf(i),
        medium: i % 3 === 0 ? 'email' : 'note',
        visibility: i % 25 === 24 ? 'confidential' : 'all',
        confidential: i % 25 === 24 ? 1 : 0,
        activity_class: 1 + (i % 3),
        activity_priority: 3,
        date_created: date,
        date_logged: date,
        staff: staffOf(i),
      });
    }
  }
}
