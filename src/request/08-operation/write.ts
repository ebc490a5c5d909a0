import { type Catalogue, fieldNamed, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Condition } from '../../store/query.ts';
import { Clash, type Writing } from '../../store/store.ts';
import type { Written } from '../06-parameters/values.ts';
import { detach } from './detach.ts';
import { happening, tell } from './outbox.ts';
import { planOf } from './plan.ts';

/** One write, inside its transaction. */
export interface Inside {
  readonly catalogue: Catalogue;
  readonly store: Writing;
  readonly deployment: number;
  /** The staff member who acts. */
  readonly staffId: number;
  /** Unix seconds. */
  readonly now: number;
  /** Told when an event was kept for its subscribers; without it nobody is told of what is written (`accord load`). */
  readonly onEvent?: () => void;
}

type Values = Record<string, Stored>;

/**
 * Writes a new object: what was given, then what the catalogue says a field is when nobody says. Answers its id.
 * Refuses `parameter.invalid` (a link or reference to what does not exist), `parameter.missing` (half a reference), `<field>.taken`.
 */
export async function insertObject(
  inside: Inside,
  resource: Resource,
  written: Written,
  explicitId?: number,
): Promise<number> {
  const { store, deployment, now, staffId } = inside;
  const given: Values = emptied(resource, written.values);
  await checkLinks(inside, resource, written);
  const id = explicitId ?? (await store.nextId(deployment, resource.name));
  const values: Values = { ...given };
  await statusOfStanding(inside, resource, values, written.names);
  await begin(inside, resource, values);
  // What is inherited comes after: a task has the charge of its job, not that of the rate it has from there.
  await take(inside, resource, values);
  for (const [name, initial] of planOf(resource).initials) {
    if (values[name] != null) continue;
    if (initial === 'now') values[name] = now;
    else if (initial === 'caller') values[name] = staffId > 0 ? staffId : null;
    else if (initial === 'own id') values[name] = id;
    else if (initial === 'inherited') values[name] = await inherited(inside, resource, name, values);
    else if ('inherits' in initial)
      values[name] = (await inherited(inside, resource, name, values)) ?? initial.inherits;
    else if ('of' in initial) values[name] = given[initial.of] ?? null;
    else if (given[name] === undefined) values[name] = initial.value;
  }
  await follow(inside, resource, values);
  mark(inside, resource, values);
  stamp(inside, resource, values, given);
  const row: Values = {};
  for (const [name, column] of planOf(resource).columns) row[column] = values[name] ?? null;
  await taken(resource, written.names, () => store.insert(deployment, resource.name, { ...row, id }));
  await tell(inside, await happening(inside, resource, id, 'create'));
  return id;
}

/** Changes an object that exists. Refuses as `insertObject`, and `object.missing` when it does not exist. */
export async function updateObject(
  inside: Inside,
  resource: Resource,
  id: number,
  written: Written,
): Promise<void> {
  const { store, deployment } = inside;
  const values: Values = emptied(resource, written.values);
  for (const name of resource.create.required) {
    const field = Object.keys(written.names).find((each) => written.names[each] === name || each === name);
    if (field && (values[field] === null || values[field] === '')) {
      refuse('parameter.invalid', { field: name, detail: 'it is required and cannot be emptied' });
    }
  }
  await checkLinks(inside, resource, written);
  await keepStatus(inside, resource, id, values);
  await statusOfStanding(inside, resource, values, written.names);
  await take(inside, resource, values, id);
  await follow(inside, resource, values);
  if (await moves(inside, resource, id, values)) mark(inside, resource, values);
  stamp(inside, resource, values, {});
  const row: Values = {};
  for (const [name, value] of Object.entries(values)) {
    const column = resource.fields[name]?.column;
    if (column) row[column] = value;
  }
  const events = await happening(inside, resource, id, 'update', row);
  const changed =
    Object.keys(row).length === 0
      ? Number(await store.holds(deployment, resource.name, { id }))
      : await taken(resource, written.names, () => store.update(deployment, resource.name, { id }, row));
  if (changed === 0) missing(resource, id);
  await tell(inside, events);
}

/** Removes an object, the parts that belong to it, and the links that lead to it. Refuses `object.missing`. */
export async function removeObject(inside: Inside, resource: Resource, id: number): Promise<void> {
  const events = await happening(inside, resource, id, 'delete');
  if ((await inside.store.remove(inside.deployment, resource.name, { id })) === 0) missing(resource, id);
  await detach(inside, resource, id);
  await tell(inside, events);
}

export function missing(resource: Resource, id: number): never {
  refuse('object.missing', { detail: `${resource.singular.replaceAll('_', ' ')} ${id}` });
}

/** An empty text in a unique field means absent: any number of objects may have none. */
function emptied(resource: Resource, values: Readonly<Record<string, Stored>>): Values {
  const { unique } = planOf(resource);
  const kept: Values = {};
  for (const [name, value] of Object.entries(values))
    kept[name] = value === '' && unique.has(name) ? null : value;
  return kept;
}

async function checkLinks(
  { catalogue, store, deployment }: Inside,
  resource: Resource,
  { values, names }: Written,
): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const { to } = fieldNamed(resource, name);
    if (!to || value === null) continue;
    if (!(await store.holds(deployment, to, { id: value }))) {
      refuse('parameter.invalid', {
        field: names[name] ?? name,
        detail: `${resourceNamed(catalogue, to).title} ${value} does not exist`,
      });
    }
  }
  for (const [name, reference] of planOf(resource).references) {
    const type = values[reference.type];
    const id = values[reference.id];
    if (type === undefined && id === undefined) continue;
    if (type == null && (id == null || id === 0)) continue;
    if (type == null) refuse('parameter.missing', { field: reference.type });
    if (id == null) refuse('parameter.missing', { field: reference.id });
    const target = catalogue.bySingular.get(String(type));
    if (!target || !resource.references[name]?.includes(target.singular)) {
      const valid = (resource.references[name] ?? []).join(', ');
      refuse('parameter.invalid', { field: reference.type, detail: `one of ${valid} is wanted` });
    }
    if (!(await store.holds(deployment, target.name, { id }))) {
      refuse('parameter.invalid', { field: reference.id, detail: `${target.title} ${id} does not exist` });
    }
  }
}

/** The object that new ones begin with: where there is an order, the first that may start, else the lowest id. */
export async function firstOf(
  { store, deployment }: Inside,
  target: Resource,
  where: Condition = { all: [] },
): Promise<number | null> {
  const { fields } = target;
  const order = [
    ...(fields.start ? [{ by: { column: 'start' }, descending: true }] : []),
    ...(fields.ordering ? [{ by: { column: 'ordering' }, descending: false }] : []),
    { by: { column: 'id' }, descending: false },
  ];
  const [row] = await store.select(deployment, {
    table: target.name,
    select: [{ column: 'id' }],
    where,
    order,
    limit: 1,
    offset: 0,
  });
  return (row?.[0] as number | undefined) ?? null;
}

/** A standing that is written without its status chooses the first status of that standing. */
async function statusOfStanding(
  inside: Inside,
  resource: Resource,
  values: Values,
  names: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, [link, field]] of Object.entries(resource.follows)) {
    const wanted = values[name];
    if (wanted == null || wanted === '' || values[link] != null) continue;
    const target = resourceNamed(inside.catalogue, fieldNamed(resource, link).to ?? '');
    const column = fieldNamed(target, field).column as string;
    const status = await firstOf(inside, target, { test: '=', on: { column }, value: wanted });
    if (status === null)
      refuse('parameter.invalid', { field: names[name] ?? name, detail: `no ${link} has this ${field}` });
    values[link] = status;
  }
}

/** A whole object that is sent back says its standing too: one that it has already must not move it to another status. */
async function keepStatus(
  { store, deployment }: Inside,
  resource: Resource,
  id: number,
  values: Values,
): Promise<void> {
  for (const [name, [link]] of Object.entries(resource.follows)) {
    const column = resource.fields[name]?.column;
    if (values[name] === undefined || values[link] !== undefined || !column) continue;
    const row = await store.find(deployment, resource.name, [column], { id });
    if (row?.[column] === values[name]) delete values[name];
  }
}

/** Links that begin with the first of their targets. */
async function begin(inside: Inside, resource: Resource, values: Values): Promise<void> {
  for (const [name, to] of planOf(resource).firsts)
    if (values[name] == null) values[name] = await firstOf(inside, resourceNamed(inside.catalogue, to));
}

/** What the object behind a link says goes to fields that nobody gave; `id`: of the object that is changed, which may have this link already. */
async function take(
  { catalogue, store, deployment }: Inside,
  resource: Resource,
  values: Values,
  id?: number,
): Promise<void> {
  const given = { ...values };
  for (const [name, [link, field]] of Object.entries(resource.takes)) {
    const to = given[link];
    if (to == null || given[name] != null) continue;
    const own = fieldNamed(resource, link).column as string;
    if (id !== undefined && (await store.find(deployment, resource.name, ['id'], { id, [own]: to })))
      continue;
    const target = resourceNamed(catalogue, fieldNamed(resource, link).to ?? '');
    const column = fieldNamed(target, field).column as string;
    const row = await store.find(deployment, target.name, [column], { id: to });
    if (row?.[column] != null) values[name] = row[column];
  }
}

async function follow(
  { catalogue, store, deployment }: Inside,
  resource: Resource,
  values: Values,
): Promise<void> {
  for (const [name, [link, field]] of Object.entries(resource.follows)) {
    const id = values[link];
    if (id == null) continue;
    const target = resourceNamed(catalogue, fieldNamed(resource, link).to ?? '');
    const column = fieldNamed(target, field).column as string;
    const row = await store.find(deployment, target.name, [column], { id });
    if (row) values[name] = row[column] ?? null;
  }
}

/**
 * What the object it is against says: that object itself when it is of the link's kind, else its link of that kind, else what that
 * object's own parent says (a task of a milestone of a job has the job's company). A field that is no link: the nearest of its name.
 */
export async function inherited(
  { catalogue, store, deployment }: Inside,
  resource: Resource,
  name: string,
  values: Values,
): Promise<Stored> {
  const { to } = fieldNamed(resource, name);
  let parent = parentIn(catalogue, resource, (field) => values[field]);
  for (let level = 0; parent && level < deepest; level++) {
    const { target, id } = parent;
    if (to && target.name === to) return id;
    const own = Object.entries(target.fields).filter(
      ([key, field]) => field.column && (to ? field.to === to : key === name),
    );
    const link = (own.find(([key]) => key === name) ?? own[0])?.[1].column;
    const columns = [...new Set([...(link ? [link] : []), ...parentColumns(target)])];
    if (columns.length === 0) return null;
    const row = await store.find(deployment, target.name, columns, { id });
    if (link) return row?.[link] ?? null;
    parent = row && parentIn(catalogue, target, (field) => row[target.fields[field]?.column ?? '']);
  }
  return null;
}

const deepest = 4;

/** The columns that lead to an object's parent. */
function parentColumns(resource: Resource): readonly string[] {
  const field = resource.parent === undefined ? undefined : fieldNamed(resource, resource.parent);
  const names = field?.reference
    ? [field.reference.type, field.reference.id]
    : resource.parent === undefined
      ? []
      : [resource.parent];
  return names.flatMap((name) => resource.fields[name]?.column ?? []);
}

function parentIn(
  catalogue: Catalogue,
  resource: Resource,
  value: (field: string) => Stored | undefined,
): { target: Resource; id: Stored } | undefined {
  if (resource.parent === undefined) return undefined;
  const field = fieldNamed(resource, resource.parent);
  const id = value(field.reference ? field.reference.id : resource.parent);
  const target = field.to
    ? catalogue.resources.get(field.to)
    : catalogue.bySingular.get(String(value(field.reference?.type ?? '')));
  return target && id != null ? { target, id } : undefined;
}

function stamp({ now, staffId }: Inside, resource: Resource, values: Values, given: Values): void {
  for (const [name, stamped] of planOf(resource).stamps) {
    if (given[name] != null) continue;
    if (stamped === 'now') values[name] = now;
    else if (staffId > 0) values[name] = staffId;
  }
}

/** Whether an update gives an object a standing that it does not have. */
async function moves(
  { store, deployment }: Inside,
  { name, fields, marks }: Resource,
  id: number,
  { standing }: Values,
): Promise<boolean> {
  const column = fields.standing?.column;
  if (standing == null || column === undefined || !marks[String(standing)]) return false;
  const row = await store.find(deployment, name, [column], { id });
  return row !== undefined && row[column] !== standing;
}

/** What goes with a new standing: who closed it, and when. */
function mark({ now, staffId }: Inside, { marks }: Resource, values: Values): void {
  for (const [name, what] of Object.entries(marks[String(values.standing ?? '')] ?? {})) {
    if (values[name] != null) continue;
    if (what === 'now') values[name] = now;
    else if (what !== 'caller') values[name] = what.value;
    else if (staffId > 0) values[name] = staffId;
  }
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
