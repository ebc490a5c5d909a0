import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { refuse } from '../contract/refuse.ts';
import type { WriteContext } from '../store/write-context.ts';
import { planOf } from './plan.ts';
import { holdsSeen } from './seen.ts';
import type { Written } from './written.ts';

/**
 * Every link and reference that is written leads to an object that is there until the commit. What the caller named has to be there for the caller;
 * what follows from it (the thread of a reply) may be hidden. Refuses `parameter.invalid`, `parameter.missing`.
 */
export async function checkLinks(
  context: WriteContext,
  resource: Resource,
  { values, names }: Written,
): Promise<void> {
  const { catalogue, store, deployment } = context;
  const leads = (name: string, target: Resource, id: Stored): Promise<boolean> =>
    names[name] === undefined ? store.holds(deployment, target.name, { id }) : holdsSeen(context, target, id);
  for (const [name, value] of Object.entries(values)) {
    const { to } = fieldNamed(resource, name);
    if (!to || value === null) continue;
    const target = resourceNamed(catalogue, to);
    if (!(await leads(name, target, value))) {
      refuse('parameter.invalid', {
        field: names[name] ?? name,
        detail: `${target.title} ${value} does not exist`,
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
    if (!(await leads(reference.id, target, id))) {
      refuse('parameter.invalid', { field: reference.id, detail: `${target.title} ${id} does not exist` });
    }
  }
}
