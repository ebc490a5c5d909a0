import { action } from '../request.ts';
import type { Trait } from '../resource.ts';

/**
 * The collections of one kind of object, and uploads into them ("Resources (Attachments)" of the reference). The kind is also one of those that
 * `resources/resources.ts` lists: a collection is against an object of these.
 */
export function collections(singular: string, plural: string): Trait {
  const path = `${plural}/{${singular}_id}/collections`;
  return {
    requests: [
      action('GET', path, 'collections.list', { of: 'collections' }),
      action('POST', `${path}/{collection_id}/resources`, 'resources.upload', {
        of: 'resources',
        uploads: ['resource', 'file'],
        parameters: ['resource!'],
      }),
    ],
  };
}
