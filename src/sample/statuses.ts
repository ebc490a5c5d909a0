import type { SampleFields, SampleWriter } from './writer.ts';

const ladder = (
  ...rows: readonly (readonly [title: string, standing: string, color: string])[]
): readonly SampleFields[] => rows.map(([title, standing, color]) => ({ title, standing, color }));

/** By kind of object, from the first status to the last. */
const statuses: Readonly<Record<string, readonly SampleFields[]>> = {
  company: ladder(['Active', 'active', 'green'], ['Dormant', 'inactive', 'grey']),
  contact: ladder(['Active', 'active', 'green'], ['Left', 'inactive', 'grey']),
  affiliation: ladder(['Current', 'active', 'green'], ['Former', 'inactive', 'grey']),
  job: ladder(
    ['Planned', 'pending', 'blue'],
    ['In progress', 'active', 'green'],
    ['Complete', 'complete', 'grey'],
  ),
  milestone: ladder(
    ['Planned', 'pending', 'blue'],
    ['In progress', 'started', 'green'],
    ['Complete', 'complete', 'grey'],
  ),
  task: ladder(
    ['Pending', 'pending', 'blue'],
    ['Accepted', 'accepted', 'orange'],
    ['Started', 'started', 'green'],
    ['Complete', 'complete', 'grey'],
  ),
  issue: ladder(
    ['Submitted', 'submitted', 'orange'],
    ['Open', 'open', 'green'],
    ['Resolved', 'resolved', 'blue'],
    ['Closed', 'closed', 'grey'],
  ),
  prospect: ladder(['New', 'pending', 'blue'], ['Active', 'active', 'green'], ['Won', 'won', 'grey']),
  contract: ladder(
    ['Draft', 'pending', 'blue'],
    ['Active', 'active', 'green'],
    ['Ended', 'inactive', 'grey'],
  ),
  quote: ladder(['Draft', 'draft', 'blue'], ['Sent', 'sent', 'orange'], ['Accepted', 'accepted', 'green']),
  expense: ladder(
    ['Submitted', 'submitted', 'orange'],
    ['Approved', 'approved', 'green'],
    ['Declined', 'declined', 'red'],
  ),
};

export async function writeStatuses(w: SampleWriter): Promise<void> {
  for (const [kind, rows] of Object.entries(statuses)) await writeLadder(w, kind, rows);
}

/** The statuses of a kind of object, a progression from each to the next, and one back to the first. */
async function writeLadder(w: SampleWriter, kind: string, rows: readonly SampleFields[]): Promise<void> {
  const table = `${kind}_statuses`;
  const ids = await w.putAll(
    table,
    rows.map((row, i) => ({ ...row, start: i === 0 ? 1 : 0, ordering: i + 1 })),
  );
  // Quotes have statuses, and no progressions.
  if (kind === 'quote') return;
  for (const [i, status] of ids.entries()) {
    const from = ids[i - 1] ?? null;
    if (from !== null) await w.put(`${kind}_progressions`, { title: rows[i]?.title ?? '', from, status });
  }
  const [first, last] = [ids[0] ?? null, ids.at(-1) ?? null];
  await w.put(`${kind}_progressions`, { title: 'Start again', from: last, status: first });
}

/** The status at a step of its kind's ladder. */
export const statusAt = (w: SampleWriter, kind: string, step: number): number =>
  w.pick(`${kind}_statuses`, step);
