import { choice, moment, reference, unsigned } from '../fields.ts';
import { resource } from '../resource.ts';

const kinds = ['job', 'milestone', 'task', 'issue'] as const;
const dates = [
  'date_planned_start',
  'date_planned_due',
  'date_predicted_start',
  'date_predicted_end',
  'date_commenced',
  'date_completed',
  'date_user_estimated_start',
  'date_user_estimated_due',
  'date_targeted_start',
  'date_targeted_due',
  'date_fixed_start',
  'date_fixed_due',
] as const;

/** When the work on an object is planned, predicted and done. Read through the object: the reference has no request for it. */
export default resource({
  singular: 'object_schedule',
  plural: 'object_schedules',
  fields: {
    id: unsigned({ shown: 'default' }),
    against_id: unsigned({ shown: 'default' }),
    against_type: choice(kinds, { shown: 'default' }),
    against: reference('against', { shown: 'hidden' }),
    date_planned_start: moment(),
    date_planned_due: moment(),
    date_predicted_start: moment(),
    date_predicted_end: moment(),
    date_commenced: moment(),
    date_completed: moment(),
    date_user_estimated_start: moment(),
    date_user_estimated_due: moment(),
    date_targeted_start: moment(),
    date_targeted_due: moment(),
    date_fixed_start: moment(),
    date_fixed_due: moment(),
  },
  titled: 'id',
  parent: 'against',
  references: { against: kinds },
  create: { required: ['against_type', 'against_id'], optional: dates },
  requests: [],
});
