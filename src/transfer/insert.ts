import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import { insertObject } from '../objects/write.ts';
import { Clash } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import type { Prepared } from './prepare.ts';
import { Problems, placeWithId } from './problems.ts';
import { takenRefusal } from './taken.ts';

type Ids = Map<string, Set<number>>;

/** Where a row points to: the fields that say so, and what they say. */
interface Link {
  readonly fields: readonly string[];
  readonly to: Resource;
  readonly id: number;
}

/**
 * Writes prepared objects in one transaction, in the order they come. Links may lead to objects further on: those are set, and those to
 * objects that are no part of the load are looked up, once all objects are written. Throws a `Failure` that names all objects at fault, or
 * `Taken` at the first whose id or unique field is taken: not every engine goes on after that.
 */
export async function insertAll(
  inside: WriteContext,
  rows: readonly Prepared[],
  onRow: () => void,
): Promise<void> {
  const problems = new Problems();
  const coming: Ids = new Map();
  const there: Ids = new Map();
  for (const { resource, id } of rows) if (id !== undefined) idsOf(coming, resource).add(id);
  const late: (() => Promise<unknown>)[] = [];
  const outside = new Map<
    string,
    { readonly to: Resource; readonly id: number; readonly row: Prepared; readonly field: string }
  >();

  for (const row of rows) {
    await telling(row, async () => {
      const id = row.complete ? await insertComplete(row) : await insertDerived(row);
      idsOf(there, row.resource).add(id);
      const { companion } = row;
      if (companion) late.push(() => telling(row, () => insertCompanion(row, companion, id)));
    });
    onRow();
  }
  for (const { to, id, row, field } of outside.values()) {
    if (!(await inside.store.holds(inside.deployment, to.name, { id })))
      problems.addRefusal(nothingThere(field, to, id), placeWithId(row));
  }
  // What is late needs all objects.
  problems.throwIfSome();
  for (const write of late) await write();
  problems.throwIfSome();

  async function telling(row: Prepared, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.because.endsWith('.taken')) throw new KeyTaken(problems, error, row);
      problems.addRefusal(error, placeWithId(row));
    }
  }

  /** A row that says everything: nothing is worked out, and links are looked up at the end. */
  async function insertComplete(row: Prepared): Promise<number> {
    const { resource, values, names } = row;
    for (const { fields, to, id } of linksOf(row, inside)) {
      const field = fields.at(-1) as string;
      const key = `${to.name} ${id}`;
      if (!coming.get(to.name)?.has(id) && !outside.has(key))
        outside.set(key, { to, id, row, field: names[field] ?? field });
    }
    const id = row.id as number;
    await insertAsIs(inside, row, rowOf(resource, values), id);
    return id;
  }

  /** Any other row is written as a POST would. A link that leads further on is set when what it leads to is there. */
  async function insertDerived(row: Prepared): Promise<number> {
    const { resource, values, names } = row;
    const ready: Record<string, Stored> = { ...values };
    const later: Record<string, Stored> = {};
    for (const { fields, to, id } of linksOf(row, inside)) {
      if (!coming.get(to.name)?.has(id) || there.get(to.name)?.has(id)) continue;
      for (const name of fields) {
        later[resource.fields[name]?.column as string] = values[name] ?? null;
        delete ready[name];
      }
    }
    const id = await insertObject(inside, resource, { values: ready, names }, row.id);
    if (Object.keys(later).length > 0)
      late.push(() => inside.store.update(inside.deployment, resource.name, { id }, later));
    return id;
  }

  async function insertCompanion(
    of: Prepared,
    { row, by, back }: NonNullable<Prepared['companion']>,
    id: number,
  ): Promise<void> {
    const made = await insertObject(inside, row.resource, {
      values: { ...row.values, [by]: id },
      names: row.names,
    });
    const column = of.resource.fields[back]?.column as string;
    if (of.values[back] == null)
      await inside.store.update(inside.deployment, of.resource.name, { id }, { [column]: made });
  }
}

/** An id or a unique field of a row is taken. `problems`: what was wrong before. */
export class KeyTaken extends Error {
  override readonly name = 'Taken';
  readonly problems: Problems;
  readonly refusal: Refusal;
  readonly row: Prepared;
  constructor(problems: Problems, refusal: Refusal, row: Prepared) {
    super('taken');
    this.problems = problems;
    this.refusal = refusal;
    this.row = row;
  }
}

function idsOf(ids: Ids, { name }: Resource): Set<number> {
  let found = ids.get(name);
  if (!found) {
    found = new Set();
    ids.set(name, found);
  }
  return found;
}

function linksOf({ resource, values }: Prepared, { catalogue }: WriteContext): readonly Link[] {
  const links: Link[] = [];
  for (const [name, { to, reference }] of Object.entries(resource.fields)) {
    if (reference) {
      const type = values[reference.type];
      const id = values[reference.id];
      // Half a reference leads nowhere, and 0 is none; that a POST may not have one is its own affair.
      if (type == null || typeof id !== 'number' || id === 0) continue;
      const target = catalogue.bySingular.get(String(type));
      if (!target || !resource.references[name]?.includes(target.singular)) {
        refuse('parameter.invalid', {
          field: reference.type,
          detail: `one of ${(resource.references[name] ?? []).join(', ')} is wanted`,
        });
      }
      links.push({ fields: [reference.type, reference.id], to: target, id });
    } else if (to) {
      const id = values[name];
      if (typeof id === 'number') links.push({ fields: [name], to: resourceNamed(catalogue, to), id });
    }
  }
  return links;
}

function rowOf(resource: Resource, values: Prepared['values']): Record<string, Stored> {
  const unique = new Set(resource.unique.flat());
  const row: Record<string, Stored> = {};
  for (const [name, { column }] of Object.entries(resource.fields)) {
    const value = values[name] ?? null;
    if (column) row[column] = value === '' && unique.has(name) ? null : value;
  }
  return row;
}

async function insertAsIs(
  { store, deployment }: WriteContext,
  of: Prepared,
  row: Record<string, Stored>,
  id: number,
): Promise<void> {
  const { name, fields } = of.resource;
  try {
    await store.insert(deployment, name, { ...row, id });
  } catch (error) {
    if (!(error instanceof Clash)) throw error;
    const column = error.columns.at(-1) ?? 'id';
    throw takenRefusal(of, Object.keys(fields).find((each) => fields[each]?.column === column) ?? column);
  }
}

const nothingThere = (field: string, to: Resource, id: number): Refusal =>
  new Refusal('parameter.invalid', { field, detail: `${to.title} ${id} does not exist` });
