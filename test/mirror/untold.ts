/**
 * What `accord mirror` does not bring of a deployment in which every field of every resource is filled (`filled`), and why: nothing else may be
 * missing. Of a resource that no request tells all rows are.
 */
export const untold: Readonly<Record<string, readonly string[]>> = {
  'secrets, which nobody is told': ['contacts.password', 'staff.access', 'staff.password'],
  'written and filtered by, but of no documented field': [
    'activities.date_due',
    'activities.message_id',
    'affiliations.country_id',
    'companies.parent_id',
    'company_managers.nature',
    'extension_fields.is_sensitive',
    'filters.filters',
    'filters.search',
    'resources.activity_id',
    'resources.visibility',
    'timers.auto_start',
    'timers.date_started',
  ],
  "absent, and answered with its owner's": ['activity_interacts.email'],
  'kept for what is made of them': [
    'contract_periods.rate_charged',
    'expenses.status_id',
    'issue_progressions.issue_type_id',
    'issues.rate_charged',
    'issues.rate_id',
    'issues.reopened_count',
    'jobs.is_billable',
    'jobs.plan_modified_by_id',
    'milestones.modified_by_id',
    'requests.progressed_by_id',
    'services.price',
    'services.price_estimate',
    'services.time',
    'services.time_estimate',
    'tasks.is_billable',
  ],
  'a key of the place where files are kept, and the copy has a place of its own': ['resources.content'],
  'rows that no request shows': [
    'group_members 1',
    'group_members 2',
    'request_subscriptions 1',
    'request_subscriptions 2',
    'segmentation_values 1',
    'segmentation_values 2',
  ],
  'skills of people, and tags of other objects than activities': ['skill_assignments 2', 'taggings 2'],
  'left where they are: a copy must not post to the receivers of the original': [
    'webhook_subscriptions 1',
    'webhook_subscriptions 2',
  ],
  'moves of expenses, whose status is not told': [
    'expense_progressions 2',
    'expense_progressions.from_id',
    'expense_statuses 2',
  ],
};
