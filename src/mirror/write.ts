import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { usualAccess } from '../identity/access-levels.ts';
import { printAccess } from '../identity/people.ts';
import type { Store, Writing } from '../store/store.ts';

/** An object as the source tells it: values by field, and only those it tells. */
export interface CopiedObject {
  readonly resource: Resource;
  readonly id: number;
  readonly values: Readonly<Record<string, Stored>>;
}

/**
 * Writes objects with their ids, those that are there already too, and what goes with them (`also`), in one transaction. Links may lead to
 * objects that are not there yet.
 */
export async function writeCopied(
  store: Store,
  deployment: number,
  rows: readonly CopiedObject[],
  also: (writing: Writing) => Promise<void>,
): Promise<void> {
  const highest = new Map<string, number>();
  for (const { resource, id } of rows)
    highest.set(resource.name, Math.max(id, highest.get(resource.name) ?? 0));
  // In a transaction of its own, before: an engine may draw ids outside the transaction that uses them.
  if (highest.size > 0) {
    await store.within(async (writing) => {
      for (const [table, id] of highest) await writing.skipIds(deployment, table, id);
    });
  }
  await store.within(async (writing) => {
    for (const row of rows) await put(writing, deployment, row);
    await also(writing);
  });
}

async function put(
  writing: Writing,
  deployment: number,
  { resource, id, values }: CopiedObject,
): Promise<void> {
  const told = columnsOf(resource, values);
  await vacate(writing, deployment, { resource, id }, told);
  const changed =
    Object.keys(told).length > 0
      ? await writing.update(deployment, resource.name, { id }, told)
      : Number(await writing.holds(deployment, resource.name, { id }));
  if (changed === 0)
    await writing.insert(deployment, resource.name, {
      ...columnsOf(resource, untoldValues(resource)),
      ...told,
      id,
    });
}

/** What a new object's fields are that nobody tells, as far as it is the same for all. */
function untoldValues({ fields }: Resource): Readonly<Record<string, Stored>> {
  const values: Record<string, Stored> = {};
  for (const [name, { initial, column }] of Object.entries(fields)) {
    if (!column) continue;
    const constant = typeof initial === 'object' && 'value' in initial ? initial.value : null;
    values[name] = constant;
  }
  if (fields.access?.shown === 'hidden') values.access = printAccess(usualAccess);
  return values;
}

function columnsOf(
  { fields, unique }: Resource,
  values: Readonly<Record<string, Stored>>,
): Record<string, Stored> {
  const single = new Set(unique.flat());
  const row: Record<string, Stored> = {};
  for (const [name, value] of Object.entries(values)) {
    const column = fields[name]?.column;
    if (column && name !== 'id') row[column] = value === '' && single.has(name) ? null : value;
  }
  return row;
}

/** Clears a unique value that another object here still has: in the source that object has given it up, and is copied later or was deleted. */
async function vacate(
  writing: Writing,
  deployment: number,
  { resource, id }: Pick<CopiedObject, 'resource' | 'id'>,
  given: Readonly<Record<string, Stored>>,
): Promise<void> {
  const { name: table, unique, fields } = resource;
  for (const names of unique) {
    const columns = names.map((name) => fields[name]?.column ?? name);
    if (columns.some((column) => given[column] == null)) continue;
    const same = Object.fromEntries(columns.map((column) => [column, given[column] as Stored]));
    const other = await writing.find(deployment, table, ['id'], { ...same, id: { not: id } });
    const last = columns.at(-1) as string;
    if (other) await writing.update(deployment, table, { id: other.id as number }, { [last]: null });
  }
}
