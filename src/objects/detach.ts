import type { Resource } from '../catalogue/resource.ts';
import type { WriteContext } from '../store/write-context.ts';

/** After an object was removed: removes its parts, what it brought along and what depends on it, and empties every other link and reference to it. */
export async function detach(
  { catalogue, store, deployment }: WriteContext,
  removed: Resource,
  id: number,
): Promise<void> {
  for (const resource of catalogue.resources.values()) {
    for (const [name, field] of Object.entries(resource.fields)) {
      if (field.to === removed.name && field.column) {
        if (
          resource.dependent.includes(name) ||
          removed.parts.some(({ name: part }) => part === resource.name)
        )
          await store.remove(deployment, resource.name, { [field.column]: id });
        else await store.update(deployment, resource.name, { [field.column]: id }, { [field.column]: null });
      }
      if (field.reference && resource.references[name]?.includes(removed.singular)) {
        const type = resource.fields[field.reference.type]?.column;
        const idColumn = resource.fields[field.reference.id]?.column;
        if (type && idColumn) {
          const leading = { [type]: removed.singular, [idColumn]: id };
          if (
            resource.dependent.includes(name) ||
            removed.brings.some((each) => each.resource === resource.name && each.reference === name)
          )
            await store.remove(deployment, resource.name, leading);
          else await store.update(deployment, resource.name, leading, { [type]: null, [idColumn]: null });
        }
      }
    }
  }
}
