import { choice, flag, link, reference, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { via } from '../source.ts';

const kinds = ['affiliation', 'company', 'contact'] as const;

/** The categories an object is in. They come with `accord load`: the reference has no request that writes them. */
const values = resource({
  name: 'segmentation_values',
  singular: 'segmentation_value',
  plural: 'segmentation_values',
  scope: 'segmentations',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    segmentation: link('segmentations', { shown: 'hidden' }),
    against_type: choice(kinds, { shown: 'hidden' }),
    against_id: unsigned({ shown: 'hidden' }),
    against: reference('against', { shown: 'hidden' }),
    value: text({ shown: 'hidden' }),
  },
  titled: via('segmentation', 'title'),
  parent: 'against',
  dependent: ['against', 'segmentation'],
  references: { against: kinds },
  indexed: ['against_id'],
  create: { required: ['segmentation', 'against_type', 'against_id', 'value'] },
  requests: [],
});

/** Ways to sort companies, contacts and affiliations into categories. */
export default resource({
  singular: 'segmentation',
  plural: 'segmentations',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    link_type: choice(kinds),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    required: flag({ initial: { value: 0 } }),
    exclusive: flag({ initial: { value: 0 } }),
    leaf: flag({ initial: { value: 0 } }),
  },
  titled: 'title',
  create: {
    required: ['title', 'link_type'],
    optional: ['standing', 'required', 'exclusive', 'leaf'],
  },
  filters: {
    basic: ['id', 'title', 'link_type', 'standing', 'required', 'exclusive', 'leaf'],
    order: ['id'],
    range: ['id'],
  },
  requests: [
    list('segmentations'),
    count('segmentations/count'),
    read('segmentations/{id}'),
    // A documented sample writes it in the singular.
    read('segmentation/{id}'),
  ],
  parts: [values],
});
