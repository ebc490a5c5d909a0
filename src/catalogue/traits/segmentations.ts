import { verb } from '../request.ts';
import type { Trait } from '../resource.ts';

/** The categories that an object of this kind is in, at `<path>/{id}/segmentations`. The kind is also one of those that `resources/segmentations.ts` lists. */
export function segmentations(singular: string, plural: string): Trait {
  const path = `${plural}/{${singular}_id}/segmentations`;
  return { requests: [verb('GET', path, 'segmentations.list', { of: 'segmentations' })] };
}
