import { verb } from '../request.ts';
import type { Resource, Trait } from '../resource.ts';

/** The collections of one kind of object, and uploads into them ("Resources (Attachments)" of the reference). */
export function collections(singular: string, plural: string): Trait {
  const path = `${plural}/{${singular}_id}/collections`;
  return {
    requests: [
      verb('GET', path, 'collections.list', { of: 'collections' }),
      verb('POST', `${path}/{collection_id}/resources`, 'resources.upload', {
        of: 'resources',
        uploads: ['resource', 'file'],
        shaped: true,
        parameters: ['resource!'],
      }),
    ],
  };
}

/** Whether objects of a kind have collections. */
export const hasCollections = ({ requests }: Resource): boolean =>
  requests.some(({ verb: name }) => name === 'collections.list');
