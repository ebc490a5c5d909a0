import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { type Refusal, refuse } from '../contract/refuse.ts';
import { Clash } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { happening, tell } from '../webhooks/outbox.ts';
import {
  begin,
  follow,
  inherited,
  keepStatus,
  mark,
  moves,
  stamp,
  statusOfStanding,
  take,
} from './derived.ts';
import { detach } from './detach.ts';
import { checkLinks } from './links.ts';
import { missing } from './missing.ts';
import { planOf } from './plan.ts';
import type { Written } from './written.ts';

/** Somebody else wrote the same at the same moment. What was found before the write is not so any more: done anew, it goes another way. */
export class Overtaken {
  /** What is answered when it happens again and again. */
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

type Values = Record<string, Stored>;

/**
 * Writes a new object: what was given, then what the catalogue says a field is when nobody says. Answers its id.
 * Refuses `parameter.invalid` (a link or reference to what does not exist), `parameter.missing` (half a reference), `<field>.taken`.
 */
export async function insertObject(
  context: WriteContext,
  resource: Resource,
  written: Written,
  explicitId?: number,
): Promise<number> {
  const { store, deployment, now, staffId } = context;
  const given: Values = emptied(resource, written.values);
  await checkLinks(context, resource, written);
  const id = explicitId ?? (await store.nextId(deployment, resource.name));
  const values: Values = { ...given };
  await statusOfStanding(context, resource, values, written.names);
  await begin(context, resource, values);
  // What is inherited comes after: a task has the charge of its job, not that of the rate it has from there.
  await take(context, resource, values);
  for (const [name, initial] of planOf(resource).initials) {
    if (values[name] != null) continue;
    if (initial === 'now') values[name] = now;
    else if (initial === 'caller') values[name] = staffId > 0 ? staffId : null;
    else if (initial === 'own id') values[name] = id;
    else if (initial === 'inherited') values[name] = await inherited(context, resource, name, values);
    else if ('inherits' in initial)
      values[name] = (await inherited(context, resource, name, values)) ?? initial.inherits;
    else if ('of' in initial) values[name] = given[initial.of] ?? null;
    else if (given[name] === undefined) values[name] = initial.value;
  }
  await follow(context, resource, values);
  mark(context, resource, values);
  stamp(context, resource, values, given);
  const row: Values = {};
  for (const [name, column] of planOf(resource).columns) row[column] = values[name] ?? null;
  await taken(resource, written.names, () => store.insert(deployment, resource.name, { ...row, id }));
  await tell(context, await happening(context, resource, id, 'create'));
  return id;
}

/** Changes an object that exists. Refuses as `insertObject`, and `object.missing` when it does not exist. */
export async function updateObject(
  context: WriteContext,
  resource: Resource,
  id: number,
  written: Written,
): Promise<void> {
  const { store, deployment } = context;
  const values: Values = emptied(resource, written.values);
  for (const name of resource.create.required) {
    const field = Object.keys(written.names).find((each) => written.names[each] === name || each === name);
    if (field && (values[field] === null || values[field] === '')) {
      refuse('parameter.invalid', { field: name, detail: 'it is required and cannot be emptied' });
    }
  }
  await checkLinks(context, resource, written);
  await keepStatus(context, resource, id, values);
  await statusOfStanding(context, resource, values, written.names);
  await take(context, resource, values, id);
  await follow(context, resource, values);
  if (await moves(context, resource, id, values)) mark(context, resource, values);
  stamp(context, resource, values, {});
  const row: Values = {};
  for (const [name, value] of Object.entries(values)) {
    const column = resource.fields[name]?.column;
    if (column) row[column] = value;
  }
  const events = await happening(context, resource, id, 'update', row);
  const changed =
    Object.keys(row).length === 0
      ? Number(await store.holds(deployment, resource.name, { id }))
      : await taken(resource, written.names, () => store.update(deployment, resource.name, { id }, row));
  if (changed === 0) missing(resource, id);
  await tell(context, events);
}

/** Removes an object, the parts that belong to it, and the links that lead to it. Refuses `object.missing`. */
export async function removeObject(context: WriteContext, resource: Resource, id: number): Promise<void> {
  const events = await happening(context, resource, id, 'delete');
  if ((await context.store.remove(context.deployment, resource.name, { id })) === 0) missing(resource, id);
  await detach(context, resource, id);
  await tell(context, events);
}

/** An empty text in a unique field means absent: any number of objects may have none. */
function emptied(resource: Resource, values: Readonly<Record<string, Stored>>): Values {
  const { unique } = planOf(resource);
  const kept: Values = {};
  for (const [name, value] of Object.entries(values))
    kept[name] = value === '' && unique.has(name) ? null : value;
  return kept;
}

/** Runs a write and says which field is taken, if that is why it failed. */
async function taken<T>(
  resource: Resource,
  names: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Clash)) throw error;
    const column = error.columns.at(-1) ?? 'id';
    const field =
      Object.keys(resource.fields).find((name) => resource.fields[name]?.column === column) ?? column;
    refuse(`${field}.taken`, {
      field: names[field] ?? field,
      object: resource.title,
      singular: resource.singular.replaceAll('_', ' '),
    });
  }
}
