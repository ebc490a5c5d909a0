import type { Customer } from './customers.ts';
import { staffAt } from './people.ts';
import { noteAt, tagSome } from './settings.ts';
import * as words from './words.ts';
import type { Job, Task } from './work.ts';
import { day, type SampleWriter } from './writer.ts';

/** What was said and done for a customer, and the time it took. Answers the activities that logged time on the job. */
export async function writeTime(w: SampleWriter, customer: Customer, job: Job): Promise<readonly number[]> {
  const { at: i, company, affiliation, since, manager } = customer;
  const logged: number[] = [];
  for (const task of job.tasks) if (task.seconds > 0) logged.push(...(await logWork(w, task)));
  const told = { at: since + 4 * day, by: manager };
  const about = (type: string, id: number) => ({
    subject: noteAt(i),
    body: 'Nothing to report, which is good.',
    against_type: type,
    against_id: id,
    activity_class: w.pick('activity_classes', i),
    activity_priority: w.pick('activity_priorities', 2),
  });
  const note = await w.putActivity(
    { ...about('company', company), visibility: i % 25 === 24 ? 'confidential' : 'all' },
    told,
  );
  await tagSome(w, 'activity', note, i);
  await w.putActivity({ ...about('issue', job.issue), nonbillable: 900 }, told);
  if (i % 4 === 1)
    await w.putActivity(
      { ...about('contact', customer.contact), subject: 'Remember', visibility: 'private' },
      told,
    );
  await writeMail(w, customer, job.id);
  if (i % 3 === 0) await writeMeeting(w, customer, job.id);
  await w.set('companies', company, { date_last_interacted: since + 6 * day });
  await w.set('affiliations', affiliation, { date_last_interacted: since + 6 * day });
  return logged;
}

/** The time of a task: all billable, a third of it on each of three days. */
async function logWork(w: SampleWriter, { id, seconds, began, assignee }: Task): Promise<readonly number[]> {
  const quarters = seconds / 900;
  const parts = [Math.ceil(quarters / 2), Math.floor(quarters / 2)].filter((part) => part > 0);
  const activities: number[] = [];
  for (const [k, part] of parts.entries()) {
    const start = began + (k + 2) * day;
    activities.push(
      await w.putActivity(
        {
          subject: 'Work on the task',
          body: words.pick(words.notes, k),
          against_type: 'task',
          against_id: id,
          task: id,
          billable: part * 900,
          date_started: start,
          date_ended: start + part * 900,
          activity_class: w.pick('activity_classes', 0),
          activity_priority: w.pick('activity_priorities', 2),
        },
        { at: start + part * 900, by: assignee },
      ),
    );
  }
  return activities;
}

/** A mail of the customer, and the answer in the same thread. */
async function writeMail(w: SampleWriter, customer: Customer, job: number): Promise<void> {
  const { at: i, affiliation, since, manager, host } = customer;
  const subject = words.pick(words.notes, i + 2);
  const mail = { subject, medium: 'email', against_type: 'job', against_id: job, visibility: 'all' };
  const at = since + 5 * day;
  const first = await w.putActivity(
    {
      ...{ ...mail, body: 'When does it arrive?', owner_type: 'affiliation', owner_id: affiliation },
      message_id: `<${i + 1}@${host}.example>`,
    },
    { at, by: manager },
  );
  const to = { activity: first, type: 'to', owner_type: 'staff', owner_id: manager };
  await w.put('activity_interacts', to, { at });
  const answer = await w.putActivity(
    { ...mail, subject: `Re: ${subject}`, body: 'Tomorrow, as ever.', parent_id: first },
    { at: at + 3_600, by: manager },
  );
  for (const [type, owner_type, owner_id] of [
    ['to', 'affiliation', affiliation],
    ['cc', 'staff', staffAt(w, i + 1)],
  ] as const)
    await w.put('activity_interacts', { activity: answer, type, owner_type, owner_id }, { at: at + 3_600 });
}

async function writeMeeting(w: SampleWriter, customer: Customer, job: number): Promise<void> {
  const { at: i, affiliation, since, manager } = customer;
  const start = since + 6 * day;
  const meeting = await w.putActivity(
    {
      subject: 'Meeting about the route',
      body: 'Bring maps.',
      medium: 'meeting',
      against_type: 'job',
      against_id: job,
      date_started: start,
      date_ended: start + 3_600,
      scheduled: 'yes',
      details: 'The round table',
      activity_class: w.pick('activity_classes', 0),
    },
    { at: since + 5 * day, by: manager },
  );
  for (const [owner_type, owner_id] of [
    ['staff', staffAt(w, i + 3)],
    ['affiliation', affiliation],
  ] as const)
    await w.put('activity_interacts', { activity: meeting, type: 'attendee', owner_type, owner_id });
}

/** A stopped timer of each member of staff; that of the administrator runs. */
export async function writeTimers(w: SampleWriter): Promise<void> {
  for (const [i, job] of w.ids('jobs').slice(0, words.people.length).entries()) {
    const by = staffAt(w, i);
    const runs = i === 0 ? { status: 'running', date_started: w.now - 600 } : {};
    await w.put(
      'timers',
      { subject: 'On the job', against_type: 'job', against_id: job, seconds: 900 * (i + 1), ...runs },
      { by },
    );
  }
}
