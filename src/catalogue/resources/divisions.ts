import { choice, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

/** The parts of a business that a deployment keeps apart. The reference has no request that writes one. */
export default resource({
  singular: 'division',
  plural: 'divisions',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    ordering: unsigned({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  create: { required: ['title'], optional: ['standing', 'ordering'] },
  filters: { basic: ['id', 'title', 'standing'], order: ['id', 'ordering'] },
  requests: [
    list('divisions'),
    count('divisions/count'),
    // The reference writes it in the singular.
    read('division/{division_id}'),
    read('divisions/{division_id}'),
  ],
});
