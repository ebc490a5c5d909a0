import { choice, link, reference, text, unsigned } from '../fields.ts';
import { count, create, list } from '../request.ts';
import { resource } from '../resource.ts';
import { having, via } from '../source.ts';

const kinds = ['staff', 'task'] as const;

/** Who has a skill, and which task wants it. No documented request writes it. */
const assignments = resource({
  name: 'skill_assignments',
  singular: 'skill_assignment',
  plural: 'skill_assignments',
  scope: 'skills',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    skill: link('skills', { shown: 'hidden' }),
    against_type: choice(kinds, { shown: 'hidden' }),
    against_id: unsigned({ shown: 'hidden' }),
    against: reference('against', { shown: 'hidden' }),
  },
  unique: [['against_type', 'against_id', 'skill']],
  titled: via('skill', 'title'),
  parent: 'against',
  dependent: ['against', 'skill'],
  references: { against: kinds },
  create: { required: ['skill', 'against_type', 'against_id'] },
  requests: [],
});

/** What tasks want and people can do. */
export default resource({
  singular: 'skill',
  plural: 'skills',
  fields: { id: unsigned({ shown: 'default' }), title: text({ shown: 'default' }) },
  unique: [['title']],
  titled: 'title',
  search: ['title'],
  sources: { against: having('skill_assignments', 'skill', 'against') },
  create: { required: ['title'] },
  filters: { basic: ['id', 'title'], object: ['against'] },
  requests: [list('skills'), count('skills/count'), create('skills')],
  parts: [assignments],
});
