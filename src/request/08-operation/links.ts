import { fieldNamed, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Written } from '../06-parameters/values.ts';
import { planOf } from './plan.ts';
import type { Inside } from './write.ts';

/** Every link and reference that is written leads to an object that is there until the commit. Refuses `parameter.invalid`, `parameter.missing`. */
export async function checkLinks(
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
