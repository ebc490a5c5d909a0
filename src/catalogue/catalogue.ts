import { checkCatalogue } from './check.ts';
import type { Event } from './event.ts';
import type { Field } from './fields.ts';
import { modulesIn } from './modules.ts';
import type { Resource } from './resource.ts';

/** Every resource the API offers, parts included. Frozen; read once at the start. */
export interface Catalogue {
  /** By name, which is also the name of its table. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** By singular, as references (`against_type`) name them. */
  readonly bySingular: ReadonlyMap<string, Resource>;
  /** The names a scope may use. */
  readonly scopes: ReadonlySet<string>;
  /** What can be subscribed to, by its id. */
  readonly events: ReadonlyMap<string, { readonly event: Event; readonly resource: Resource }>;
}

const flatten = (resource: Resource): readonly Resource[] => [resource, ...resource.parts.flatMap(flatten)];

/** The resource, with the kinds of object that its open references may name. */
function closed(resource: Resource, all: readonly Resource[]): Resource {
  const open = Object.entries(resource.refers);
  if (open.length === 0) return resource;
  const found = open.map(([name, fits]) => [name, all.filter(fits).map(({ singular }) => singular)] as const);
  return Object.freeze({ ...resource, references: { ...resource.references, ...Object.fromEntries(found) } });
}

export function catalogueOf(roots: readonly Resource[]): Catalogue {
  const every = roots.flatMap(flatten);
  const all = every.map((resource) => closed(resource, every));
  const catalogue: Catalogue = Object.freeze({
    resources: new Map(all.map((resource) => [resource.name, resource])),
    bySingular: new Map(all.map((resource) => [resource.singular, resource])),
    scopes: new Set(all.map((resource) => resource.scope)),
    events: new Map(
      all.flatMap((resource) => resource.events.map((event) => [event.id, { event, resource }] as const)),
    ),
  });
  checkCatalogue(catalogue, all);
  return catalogue;
}

/** Reads `resources/`, one file a resource, in sorted order. */
export async function readResources(): Promise<readonly Resource[]> {
  const found = await modulesIn<Resource>(new URL('resources/', import.meta.url));
  return found.map((module) => module.default);
}

/** The catalogue of this version. Throws for names that do not exist. */
export const loadCatalogue = async (): Promise<Catalogue> => catalogueOf(await readResources());

/** A resource by name; a name that is not there is a defect of the catalogue. */
export function resourceNamed(catalogue: Catalogue, name: string): Resource {
  const found = catalogue.resources.get(name);
  if (!found) throw new Error(`the catalogue has no resource named ${name}`);
  return found;
}

export function fieldNamed(resource: Resource, name: string): Field {
  const found = resource.fields[name];
  if (!found) throw new Error(`${resource.name} has no field named ${name}`);
  return found;
}

/** The field that a filter, an order or a write parameter names: by its own name, or by its column's. */
export function fieldBehind(resource: Resource, name: string): string | undefined {
  const written = Object.hasOwn(resource.parameters, name) ? resource.parameters[name] : undefined;
  // A made field shows the value of another one: that one is meant.
  if (Object.hasOwn(resource.fields, name) && !(written && resource.fields[name]?.made)) return name;
  if (written !== undefined) return written;
  if (!name.endsWith('_id')) return undefined;
  const base = name.slice(0, -3);
  return Object.hasOwn(resource.fields, base) && resource.fields[base]?.to ? base : undefined;
}
