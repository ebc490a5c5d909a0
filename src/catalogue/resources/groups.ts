import { choice, link, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { having, via } from '../source.ts';

/** Who is in a group. */
const members = resource({
  name: 'group_members',
  singular: 'group_member',
  plural: 'group_members',
  scope: 'groups',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    group: link('groups', { shown: 'hidden' }),
    staff: link('staff', { shown: 'hidden' }),
  },
  unique: [['group', 'staff']],
  titled: via('group', 'title'),
  parent: 'group',
  dependent: ['group', 'staff'],
  create: { required: ['group', 'staff'] },
  requests: [],
});

/** Teams of staff. They are made in the deployment: the reference has no request that writes one. */
export default resource({
  singular: 'group',
  plural: 'groups',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    parent: link('groups', { shown: 'hidden', id: true }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
  },
  titled: 'title',
  parent: 'parent',
  search: ['title'],
  sources: { staff_id: having('group_members', 'group', 'staff') },
  create: { required: ['title'], optional: ['parent_id', 'standing'] },
  filters: { basic: ['id', 'title', 'staff_id'] },
  requests: [list('groups'), count('groups/count'), read('groups/{group_id}')],
  parts: [members],
});
