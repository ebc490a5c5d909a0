import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import { ownField } from './columns.ts';

/**
 * The resources, each after those it links to, as far as they do not link in circles: what an object needs to be created (its parent,
 * required links, the status it begins with) goes before what it may have besides (a company's address, which needs the company).
 */
export function inOrderOfLinks({ resources, bySingular }: Catalogue): readonly Resource[] {
  const all = [...resources.values()];
  const needed = new Map(all.map((resource) => [resource, targets(resource, true)]));
  const others = new Map(all.map((resource) => [resource, targets(resource, false)]));
  const order = new Set<Resource>();
  const entered = new Set<Resource>();

  const visit = (resource: Resource): void => {
    if (entered.has(resource)) return;
    entered.add(resource);
    for (const target of needed.get(resource) ?? []) visit(target);
    for (const target of others.get(resource) ?? []) if (!needs(target, resource, new Set())) visit(target);
    order.add(resource);
  };

  function needs(from: Resource, wanted: Resource, seen: Set<Resource>): boolean {
    if (from === wanted) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (needed.get(from) ?? []).some((target) => needs(target, wanted, seen));
  }

  function targets(resource: Resource, needed: boolean): readonly Resource[] {
    const required = new Set([
      resource.parent,
      ...resource.create.required.map((name) => ownField(resource, name)),
    ]);
    const found = Object.entries(resource.fields).flatMap(([name, { to, column, reference, initial }]) => {
      const must =
        required.has(name) || (reference !== undefined && required.has(reference.id)) || initial === 'first';
      if (must !== needed) return [];
      if (reference) return (resource.references[name] ?? []).map((singular) => bySingular.get(singular));
      return to && column ? [resources.get(to)] : [];
    });
    return found.filter((target) => target !== undefined);
  }

  for (const resource of all) visit(resource);
  return [...order];
}
