import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

/** Those who cannot sign in: what a client meets when its person has gone. */
export const lockedOut = 'zapp';
export const inactive = 'ogden';

const accesses: Readonly<Record<string, string>> = {
  hermes: '{"everything":"admin"}',
  philip: '{"everything":"standard","staff":"none","issues":"none"}',
};
const standings: Readonly<Record<string, string>> = { [lockedOut]: 'lockout', [inactive]: 'inactive' };

export async function writeStaff(w: SampleWriter, passwordHash: string): Promise<void> {
  for (const [i, [firstname, surname]] of [...words.people, ...words.gone].entries()) {
    const username = firstname.toLowerCase();
    await w.put('staff', {
      firstname,
      surname,
      username,
      access: accesses[username] ?? '{"everything":"standard"}',
      email: `${username}@planet-express.example`,
      position: words.pick(words.positions, i),
      password: passwordHash,
      standing: standings[username] ?? 'active',
      financial_level: i < 4 ? 'all' : 'time',
      timezone: 'America/New_York',
      phone: `555 01${10 + i}`,
      staff_rate: i === 2 ? 18_000 : 12_000,
      staff_cost_rate: 4_000 + i * 500,
    });
  }
}

/** A member of staff who can sign in. */
export const staffAt = (w: SampleWriter, at: number): number => w.pick('staff', at % words.people.length);

/** Teams, skills and days off. */
export async function writeTeams(w: SampleWriter): Promise<void> {
  await w.putAll('divisions', [
    { title: 'Deliveries', ordering: 1 },
    { title: 'Administration', ordering: 2 },
  ]);
  const all = await w.put('groups', { title: 'Everybody' });
  await w.putAll('groups', [
    { title: 'Crew', parent: all },
    { title: 'Office', parent: all },
  ]);
  await w.putAll(
    'skills',
    ['Piloting', 'Accounting', 'Medicine', 'Engineering'].map((title) => ({ title })),
  );
  for (const [i] of words.people.entries()) {
    const staff = staffAt(w, i);
    for (const group of [all, w.pick('groups', 1 + (i % 2))]) {
      await w.put('group_members', { group, staff });
      await w.put('staff_memberships', { group_id: group, staff });
    }
    await w.put('skill_assignments', {
      skill: w.pick('skills', i),
      against_type: 'staff',
      against_id: staff,
    });
    const start = w.now + (20 + i * 7) * day;
    const title = i === 0 ? 'Limbo practice' : 'Days off';
    await w.put('holidays', {
      staff,
      title,
      date_start: start,
      date_end: start + 2 * day,
      duration_seconds: 2 * 8 * 3_600,
    });
    await w.put('time_externals', {
      staff,
      title: 'Dentist',
      description: 'From a calendar elsewhere.',
      date_started: w.now - (3 + i) * day,
      date_ended: w.now - (3 + i) * day + 3_600,
    });
  }
  for (const [i, request_type] of w.ids('request_types').entries())
    for (const staff of [staffAt(w, 0), staffAt(w, i + 1)])
      await w.put('request_subscriptions', { request_type, staff });
}
