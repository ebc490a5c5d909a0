import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { isObject } from './answered.ts';
import { because, type Copying, keep } from './copying.ts';
import { progressed } from './journal.ts';
import type { Part } from './plan.ts';
import { type Row, rowIn } from './told.ts';
import type { Copied } from './write.ts';

const batch = 1_000;

/**
 * Copies the moves between statuses. The API tells those that an object may make as it stands: one object in each status is asked. Which status
 * a move may leave follows from where it was offered.
 */
export async function copyMoves(copying: Copying, part: Part): Promise<void> {
  const { store, deployment, source, catalogue, tally, progress, mirror } = copying;
  const before = await progressed(store, deployment, part.name, mirror.run);
  if (!before) return;
  progress.begin(part.name);
  const statuses = resourceNamed(catalogue, fieldNamed(part.resource, 'status').to ?? '');
  const offered = new Map<number, { readonly row: Row; readonly from: Set<number | null> }>();
  const rows: Copied[] = [];
  const asked = await oneInEach(copying, part);
  for (const [status, id] of asked) {
    const answer = await source.get(part.row.path.replace(/\{\w+\}/, String(id)), {});
    if (!answer.ok) {
      if (answer.status === 'invalid_request') continue;
      tally.leftOut.set(part.name, because(answer));
      return;
    }
    for (const object of Array.isArray(answer.response) ? answer.response.filter(isObject) : []) {
      const row = rowIn(part.resource, object, catalogue);
      if (!row) continue;
      const known = offered.get(row.id) ?? { row, from: new Set() };
      known.from.add(status);
      offered.set(row.id, known);
      const target = isObject(object.status) ? rowIn(statuses, object.status, catalogue) : undefined;
      if (target) rows.push({ resource: statuses, id: target.id, values: target.values });
    }
  }
  const seen = [...asked.keys()];
  for (const { row, from } of offered.values()) {
    const values = { ...row.values, from: leaves(row.values.status ?? null, from, seen) };
    rows.push({ resource: part.resource, id: row.id, values });
  }
  const once = new Map(rows.map((row) => [`${row.resource.name} ${row.id}`, row]));
  await keep(copying, part.name, [...once.values()], [], {
    run: mirror.run,
    last: 0,
    began: null,
    since: mirror.began,
  });
}

/** The one status that it was offered in, or none: it was offered in all but the one it leads to. */
function leaves(to: Stored, from: ReadonlySet<number | null>, seen: readonly (number | null)[]): Stored {
  const others = seen.filter((status) => status !== to);
  const [only = null] = from;
  return from.size === 1 && others.some((status) => !from.has(status))
    ? only
    : others.length > 1
      ? null
      : only;
}

/** The first object in each status that any object has. */
async function oneInEach(
  { store, deployment }: Copying,
  { owner }: Part,
): Promise<ReadonlyMap<number | null, number>> {
  const { column = '' } = fieldNamed(owner, owner.progression?.status ?? '');
  const found = new Map<number | null, number>();
  for (let last = 0; ; ) {
    const rows = await store.list(deployment, {
      table: owner.name,
      columns: ['id', column],
      where: { id: { above: last } },
      limit: batch,
    });
    for (const row of rows) {
      const status = row[column] as number | null;
      if (!found.has(status)) found.set(status, row.id as number);
    }
    if (rows.length < batch) return found;
    last = rows.at(-1)?.id as number;
  }
}
