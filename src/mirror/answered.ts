import { type Catalogue, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { type Part, titleField } from './plan.ts';
import { type Tied, tiedIn } from './ties.ts';
import { rowIn } from './told.ts';
import type { CopiedObject } from './write.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What an answer holds: objects, and what they tell of others. */
export interface Read {
  readonly own: readonly CopiedObject[];
  readonly others: readonly CopiedObject[];
  readonly tied: readonly Tied[];
  /** `companies.standing`, once for each value that could not be kept. */
  readonly unreadable: readonly string[];
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list, which may stand under a key. `undefined` when there is no list. */
export function objectsIn(response: unknown, { row, resource }: Part): readonly Json[] | undefined {
  if (Array.isArray(response)) return response.filter(isObject);
  if (!isObject(response)) return undefined;
  const { under, carries } = row.tells ?? {};
  for (const key of [under, carries?.under, row.wrapped, resource.plural]) {
    const list = key === undefined ? undefined : response[key];
    if (Array.isArray(list)) return list.filter(isObject);
  }
  return undefined;
}

export function objectsWithRelated(objects: readonly Json[], part: Part, catalogue: Catalogue): Read {
  const own: CopiedObject[] = [];
  const others = new Map<string, CopiedObject>();
  const tied: Tied[] = [];
  const unreadable: string[] = [];
  const add = (resource: Resource, object: Json, more: Readonly<Record<string, Stored>> = {}): void => {
    const row = rowIn(resource, object, catalogue);
    if (!row) return;
    unreadable.push(...row.unreadable.map((field) => `${resource.name}.${field}`));
    others.set(`${resource.name} ${row.id}`, { resource, id: row.id, values: { ...row.values, ...more } });
  };
  for (const object of objects) {
    const row = rowIn(part.resource, object, catalogue);
    if (!row) {
      unreadable.push(`${part.resource.name}.id`);
      continue;
    }
    unreadable.push(...row.unreadable.map((field) => `${part.resource.name}.${field}`));
    const values = { ...row.values, ...parentIn(object, part, catalogue) };
    own.push({ resource: part.resource, id: row.id, values });
    for (const ties of part.ties) {
      const told = tiedIn(object, row.id, part.resource.singular, ties);
      if (told) tied.push(told);
    }
    for (const { key, resource } of part.embedded) {
      const target = object[key];
      if (isObject(target)) add(resource, target);
    }
    const carries = part.row.tells?.carries;
    const carried = carries && object[carries.key];
    if (carries && Array.isArray(carried)) {
      const resource = resourceNamed(catalogue, carries.of);
      for (const each of carried) if (isObject(each)) add(resource, each, { [carries.by]: row.id });
    }
    const [first, second] = crumbsIn(object);
    if (part.crumbs === 'parents' && first) {
      const { to = '' } = part.resource.fields[part.resource.parent ?? ''] ?? {};
      const target = resourceNamed(catalogue, to);
      add(
        target,
        { id: first.id, [titleField(target) as string]: first.title },
        ownerIn(second, target, catalogue),
      );
    }
  }
  return { own, others: [...others.values()], tied, unreadable };
}

interface Crumb {
  readonly id: unknown;
  readonly table: unknown;
  readonly title: unknown;
}

const crumbsIn = ({ breadcrumbs }: Json): readonly Crumb[] =>
  Array.isArray(breadcrumbs) ? (breadcrumbs as readonly Crumb[]) : [];

const parentIn = (object: Json, { crumbs, resource }: Part, catalogue: Catalogue) =>
  crumbs === 'own' ? ownerIn(crumbsIn(object)[0], resource, catalogue) : {};

/** The reference to a parent that a breadcrumb names by its singular. */
function ownerIn(
  crumb: Crumb | undefined,
  { fields, parent }: Resource,
  catalogue: Catalogue,
): Readonly<Record<string, Stored>> {
  const reference = fields[parent ?? '']?.reference;
  const id = Number(crumb?.id);
  const kind = catalogue.bySingular.get(String(crumb?.table));
  return reference && kind && Number.isSafeInteger(id) && id > 0
    ? { [reference.type]: kind.singular, [reference.id]: id }
    : {};
}
