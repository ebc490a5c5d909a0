import { type Catalogue, fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { refuse } from '../contract/refuse.ts';
import type { Condition } from '../store/query.ts';
import { ascending, columnsNamed, selectRow } from '../store/select-named.ts';
import type { WriteContext } from '../store/write-context.ts';
import { planOf } from './plan.ts';

// What the catalogue says a field is when the caller does not: each adds to the values that will be written.

type Values = Record<string, Stored>;

/** The object that new ones begin with: where there is an order, the first that may start, else the lowest id. */
export async function firstOf(
  { store, deployment }: WriteContext,
  target: Resource,
  where: Condition = { all: [] },
): Promise<number | null> {
  const { fields } = target;
  const order = [
    ...(fields.start ? [{ by: { column: 'start' }, descending: true }] : []),
    ...(fields.ordering ? [ascending('ordering')] : []),
    ascending('id'),
  ];
  const select = columnsNamed('id');
  const first = await selectRow(store, deployment, { table: target.name, select, where, order });
  return (first?.id as number | undefined) ?? null;
}

/** A standing that is written without its status chooses the first status of that standing. */
export async function statusOfStanding(
  context: WriteContext,
  resource: Resource,
  values: Values,
  names: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, [link, field]] of Object.entries(resource.follows)) {
    const wanted = values[name];
    if (wanted == null || wanted === '' || values[link] != null) continue;
    const target = resourceNamed(context.catalogue, fieldNamed(resource, link).to ?? '');
    const column = fieldNamed(target, field).column as string;
    const status = await firstOf(context, target, { test: '=', on: { column }, value: wanted });
    if (status === null)
      refuse('parameter.invalid', { field: names[name] ?? name, detail: `no ${link} has this ${field}` });
    values[link] = status;
  }
}

/** A whole object that is sent back says its standing too: one that it has already must not move it to another status. */
export async function keepStatus(
  { store, deployment }: WriteContext,
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
export async function begin(context: WriteContext, resource: Resource, values: Values): Promise<void> {
  for (const [name, to] of planOf(resource).firsts)
    if (values[name] == null) values[name] = await firstOf(context, resourceNamed(context.catalogue, to));
}

/** What the object behind a link says goes to fields that nobody gave; `id`: of the object that is changed, which may have this link already. */
export async function take(
  { catalogue, store, deployment }: WriteContext,
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

export async function follow(
  { catalogue, store, deployment }: WriteContext,
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
  { catalogue, store, deployment }: WriteContext,
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

export function stamp(
  { now, staffId }: WriteContext,
  resource: Resource,
  values: Values,
  given: Values,
): void {
  for (const [name, stamped] of planOf(resource).stamps) {
    if (given[name] != null) continue;
    if (stamped === 'now') values[name] = now;
    else if (staffId > 0) values[name] = staffId;
  }
}

/** Whether an update gives an object a standing that it does not have. */
export async function moves(
  { store, deployment }: WriteContext,
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
export function mark({ now, staffId }: WriteContext, { marks }: Resource, values: Values): void {
  for (const [name, what] of Object.entries(marks[String(values.standing ?? '')] ?? {})) {
    if (values[name] != null) continue;
    if (what === 'now') values[name] = now;
    else if (what !== 'caller') values[name] = what.value;
    else if (staffId > 0) values[name] = staffId;
  }
}
