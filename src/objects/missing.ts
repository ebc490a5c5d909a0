import type { Resource } from '../catalogue/resource.ts';
import { refuse } from '../contract/refuse.ts';

/** Refuses `object.missing`. */
export function missing(resource: Resource, id: number): never {
  refuse('object.missing', { detail: `${resource.singular.replaceAll('_', ' ')} ${id}` });
}
