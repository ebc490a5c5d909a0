import { resourceNamed } from '../catalogue/catalogue.ts';
import { isObject } from './answered.ts';
import { because, type Copying, keep } from './copying.ts';
import { progressed } from './journal.ts';
import type { Part } from './plan.ts';
import { rowIn } from './told.ts';
import type { Copied } from './write.ts';

/** Objects between two writes. */
const batch = 25;
/** Objects that are not there, before any that is: the server does not know the request. */
const most = 3;

/** Copies what is told only below each object of a kind: one request for each of those that were copied. */
export async function copyBelow(copying: Copying, part: Part): Promise<void> {
  const { store, deployment, source, catalogue, tally, progress, mirror } = copying;
  const ties = part.row.tells?.ties;
  const before = await progressed(store, deployment, part.name, mirror.run);
  if (!ties || !before) return;
  progress.begin(part.name);
  const owner = resourceNamed(catalogue, part.resource.fields[ties.path]?.to ?? '');
  let { last } = before;
  let answered = false;
  let missing = 0;
  for (;;) {
    const parents = await store.list(deployment, {
      table: owner.name,
      columns: ['id'],
      where: { id: { above: last } },
      limit: batch,
    });
    const rows: Copied[] = [];
    const unreadable: string[] = [];
    for (const { id } of parents) {
      const answer = await source.get(part.row.path.replace(/\{\w+\}/, String(id)), {
        _fields: 'id',
        _limit: '100',
      });
      if (!answer.ok) {
        // One that is gone by now has nothing below it; what is not given for one is given for none.
        if (answer.status === 'invalid_request' && (answered || ++missing < most)) continue;
        tally.leftOut.set(part.name, because(answer));
        return;
      }
      answered = true;
      for (const object of Array.isArray(answer.response) ? answer.response.filter(isObject) : []) {
        const { id: other, ...tie } = object;
        const row = rowIn(part.resource, tie, catalogue);
        if (!row) continue;
        unreadable.push(...row.unreadable.map((field) => `${part.resource.name}.${field}`));
        const values = { ...row.values, [ties.path]: id as number, [ties.object]: Number(other) };
        rows.push({ resource: part.resource, id: row.id, values });
      }
    }
    last = Number(parents.at(-1)?.id ?? last);
    const over = parents.length < batch;
    const now = over
      ? { run: mirror.run, last: 0, began: null, since: mirror.began }
      : { run: mirror.run, last, began: mirror.began, since: before.since };
    await keep(copying, part.name, rows, unreadable, now);
    if (over) return;
  }
}
