import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Stored } from '../../src/catalogue/kinds/kind.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Tenant } from './world.ts';

/**
 * One row of every resource, every field filled; ids by resource. `staff` stands for the staff, `mark` is in every text, so that a leak can
 * be seen. Rows of another `variant` have other values, wherever a field can have more than one.
 */
export async function populate(
  tenant: Tenant,
  mark: string,
  staff: number,
  variant: 0 | 1 = 0,
): Promise<ReadonlyMap<string, number>> {
  const { catalogue, store } = tenant.world.server.world;
  const ids = new Map<string, number>([['staff', staff]]);
  // Links are filled afterwards: some go round in circles.
  const resources = [...catalogue.resources.values()].filter(({ name }) => name !== 'staff');
  const made = await tenant.putAll(
    resources.map((resource) => [resource.name, plain(resource, mark, variant)]),
  );
  for (const [i, id] of made.entries()) ids.set(resources[i]?.name ?? '', id);
  await store.within(async (writing) => {
    for (const resource of catalogue.resources.values()) {
      const links = {
        ...linked(resource, catalogue, ids, variant),
        ...followed(resource, catalogue, mark, variant),
      };
      if (Object.keys(links).length > 0)
        await writing.update(tenant.deployment.id, resource.name, { id: ids.get(resource.name) ?? 0 }, links);
    }
  });
  return ids;
}

function plain(resource: Resource, mark: string, variant: 0 | 1): Record<string, Stored> {
  const values: Record<string, Stored> = {};
  for (const [name, field] of Object.entries(resource.fields)) {
    if (!field.column || name === 'id' || field.to || isPart(resource, name)) continue;
    if (name === 'password' || name === 'access') continue;
    values[name] = sampleOf(field.kind.name, field.kind.expects, `${mark} ${name}`, variant);
  }
  for (const name of Object.keys(resource.follows)) delete values[name];
  return values;
}

/** What a row takes from the objects that its links point to. */
function followed(
  resource: Resource,
  catalogue: Catalogue,
  mark: string,
  variant: 0 | 1,
): Record<string, Stored> {
  const values: Record<string, Stored> = {};
  for (const [name, [link, of]] of Object.entries(resource.follows)) {
    const target = catalogue.resources.get(resource.fields[link]?.to ?? '');
    const column = resource.fields[name]?.column;
    if (target && column) values[column] = plain(target, mark, variant)[of] ?? null;
  }
  return values;
}

const isPart = (resource: Resource, name: string): boolean =>
  Object.values(resource.fields).some(
    ({ reference }) => reference && (reference.type === name || reference.id === name),
  );

function sampleOf(kind: string, expects: string, text: string, variant: 0 | 1): Stored {
  if (kind === 'text') return text;
  if (kind === 'choice')
    return (
      expects
        .slice('one of '.length)
        .split(', ')
        .at(variant === 0 ? 0 : -1) ?? null
    );
  if (kind === 'moment') return 1_700_000_000 + variant * 1_000_000;
  // Large enough for a product of two to be more than nothing.
  if (kind === 'money') return (7 + variant) * 10 ** Number(/most (\d+)/.exec(expects)?.[1] ?? 0);
  if (kind === 'flag' || kind === 'yesno') return 1 - variant;
  return 7 + variant;
}

function linked(
  resource: Resource,
  catalogue: Catalogue,
  ids: ReadonlyMap<string, number>,
  variant: 0 | 1,
): Record<string, Stored> {
  const values: Record<string, Stored> = {};
  for (const field of Object.values(resource.fields)) {
    if (field.to && field.column) values[field.column] = ids.get(field.to) ?? null;
  }
  for (const [name, singulars] of Object.entries(resource.references)) {
    const reference = resource.fields[name]?.reference;
    const target = catalogue.bySingular.get(singulars.at(variant === 0 ? 0 : -1) ?? '');
    const type = reference && resource.fields[reference.type]?.column;
    const id = reference && resource.fields[reference.id]?.column;
    if (type && id && target)
      Object.assign(values, { [type]: target.singular, [id]: ids.get(target.name) ?? null });
  }
  return values;
}
