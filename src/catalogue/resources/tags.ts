import { choice, link, reference, text, unsigned } from '../fields.ts';
import { count, create, list } from '../request.ts';
import { resource } from '../resource.ts';
import { having, via } from '../source.ts';

/** The kinds of object that may be tagged. The reference names activities and jobs, "for example". */
const kinds = [
  'activity',
  'affiliation',
  'asset',
  'company',
  'contact',
  'contract',
  'issue',
  'job',
  'milestone',
  'prospect',
  'quote',
  'task',
] as const;

/** Which object has which tag. No documented request writes it. */
const taggings = resource({
  singular: 'tagging',
  plural: 'taggings',
  scope: 'tags',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    tag: link('tags', { shown: 'hidden' }),
    against_type: choice(kinds, { shown: 'hidden' }),
    against_id: unsigned({ shown: 'hidden' }),
    against: reference('against', { shown: 'hidden' }),
  },
  unique: [['against_type', 'against_id', 'tag']],
  titled: via('tag', 'name'),
  parent: 'against',
  dependent: ['against', 'tag'],
  references: { against: kinds },
  create: { required: ['tag', 'against_type', 'against_id'] },
  requests: [],
});

/** Keywords on objects of many kinds. */
export default resource({
  singular: 'tag',
  plural: 'tags',
  fields: { id: unsigned({ shown: 'default' }), name: text({ shown: 'default' }) },
  unique: [['name']],
  // Everybody who may write can create one, with any name.
  personal: { text: ['name'] },
  titled: 'name',
  search: ['name'],
  sources: { against: having('taggings', 'tag', 'against') },
  create: { required: [], optional: ['name'] },
  filters: { basic: ['id', 'name'], object: ['against'] },
  requests: [list('tags'), count('tags/count'), create('tags')],
  parts: [taggings],
});
