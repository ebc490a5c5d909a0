import { alias, integer, link, moment, money, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { firstTied, is, same } from '../source.ts';
import { profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { objectStatuses } from '../traits/statuses.ts';

/** The stages of a job. They are planned in the deployment, not created over the API: the reference has no request for it. */
export default resource({
  singular: 'milestone',
  plural: 'milestones',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    description: text({ limit: 65_535 }),
    ordering: integer({ initial: { value: 0 } }),
    parent: link('milestones'),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_started: moment(),
    date_commenced: moment(),
    date_due: moment(),
    date_completed: moment(),
    // The table of the reference has it without its `d`, the samples and filters with it.
    date_complete: alias('date_completed', moment()),
    job: link('jobs'),
    manager: link('staff', { initial: 'caller' }),
    modified_by: link('staff', { shown: 'hidden', stamped: 'caller' }),
    status: link('milestone_statuses', { initial: 'first' }),
    standing: text(),
    rate: link('rates', { initial: 'inherited' }),
    rate_charged: money({ initial: { inherits: 0 } }),
    milestone_object_budget: link('object_budgets', {
      source: firstTied('object_budgets', [is('against_type', 'milestone'), same('against_id', 'id')]),
    }),
    object_budget: alias('milestone_object_budget', link('object_budgets'), { deprecated: true }),
    milestone_object_schedule: link('object_schedules', {
      source: firstTied('object_schedules', [is('against_type', 'milestone'), same('against_id', 'id')]),
    }),
  },
  personal: { text: ['title', 'description'] },
  titled: 'title',
  parent: 'job',
  search: ['title'],
  takes: { rate_charged: ['rate', 'charged'] },
  follows: { standing: ['status', 'standing'] },
  marks: { started: { date_commenced: 'now' }, complete: { date_completed: 'now' } },
  parameters: { job_id: 'job', manager_id: 'manager', status_id: 'status', parent_id: 'parent' },
  create: {
    required: ['title', 'job_id'],
    optional: [
      'description',
      'ordering',
      'parent_id',
      'date_started',
      'date_commenced',
      'date_due',
      'manager_id',
      'status_id',
      'rate',
      'rate_charged',
    ],
  },
  filters: {
    basic: ['id', 'standing', 'ordering', 'job', 'parent', 'manager', 'rate', 'object_budget', 'status'],
    date: ['date_modified', 'date_created', 'date_started', 'date_commenced', 'date_due', 'date_completed'],
    order: ['id', 'title'],
    range: ['id', 'job', 'manager', 'status', 'modified_by', 'rate', 'rate_charged'],
  },
  requests: [list('milestones'), count('milestones/count'), read('milestones/{milestone_id}')],
  traits: [
    profiles('milestone', 'milestones'),
    objectStatuses('milestone', 'milestones'),
    progressions('milestone', 'milestones', 'status'),
  ],
});
