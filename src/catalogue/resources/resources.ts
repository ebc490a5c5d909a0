import { choice, integer, link, moment, reference, text, unsigned } from '../fields.ts';
import { count, list, read, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { hasCollections } from '../traits/collections.ts';

const owners = ['staff', 'affiliation'] as const;

/** What an object's files are kept in. The reference reads and fills collections; it has no request that makes one. */
const collections = resource({
  singular: 'collection',
  plural: 'collections',
  scope: 'resources',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    against_type: text(),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
  },
  unique: [['against_type', 'against_id', 'title']],
  personal: { text: ['title'] },
  titled: 'title',
  parent: 'against',
  refers: { against: hasCollections },
  create: { required: ['title', 'against_type', 'against_id'] },
  requests: [],
});

/** Files uploaded to the deployment ("attachments"). Their contents are kept by `files/`, under the key in `content`. */
export default resource({
  singular: 'resource',
  plural: 'resources',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    date_created: moment({ initial: 'now' }),
    mimetype: text({ initial: { value: 'application/octet-stream' } }),
    filesize: integer(),
    collection: link('collections', { shown: 'hidden', id: true }),
    // The activity through which it was uploaded.
    activity: link('activities', { shown: 'hidden' }),
    owner_type: choice(owners, { initial: { value: 'staff' } }),
    owner_id: unsigned({ initial: 'caller' }),
    owner: reference('owner', { shown: 'hidden' }),
    // What is attached to an activity is seen by everybody who sees what that activity says.
    visibility: choice(['private', 'all'], { shown: 'hidden', initial: { value: 'all' } }),
    content: text({ shown: 'hidden' }),
    sha256: text({ shown: 'hidden' }),
  },
  personal: { text: ['title'] },
  titled: 'title',
  search: ['title'],
  parent: 'collection',
  content: 'content',
  references: { owner: owners },
  create: {
    required: ['title'],
    optional: [
      'mimetype',
      'filesize',
      'collection_id',
      'activity_id',
      'owner_type',
      'owner_id',
      'visibility',
      'content',
      'sha256',
      'date_created',
    ],
  },
  filters: {
    basic: ['id', 'mimetype', 'activity_id', 'collection_id'],
    date: ['date_created'],
    order: ['id', 'title', 'filesize', 'mimetype'],
    object: ['owner'],
  },
  secrecy: { visibility: 'visibility', owner: 'owner', hides: [] },
  requests: [
    list('resources'),
    count('resources/count'),
    read('resources/{resource_id}'),
    verb('GET', 'resources/{resource_id}/download', 'resources.download', {
      tells: { file: { content: 'content', sha256: 'sha256', size: 'filesize' } },
    }),
  ],
  parts: [collections],
});
