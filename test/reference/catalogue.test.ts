import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fieldBehind, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Source } from '../../src/catalogue/source.ts';
import { buildRoutes, type Route } from '../../src/request/05-route/table.ts';

/**
 * The catalogue against the facts of the documentation, both ways. Each side is told as a set of short sentences
 * (`request GET companies/{}`, `default companies name`, `basic companies manager_id`, `required create companies name`);
 * what only one side says must be on one of the lists below, and a list must not have what is no longer so.
 */

const sections = [
  'staff',
  'user',
  'companies',
  'contacts',
  'affiliations',
  'addresses',
  'jobs',
  'tasks',
  'issues',
  'activities',
  'milestones',
  'contracts',
  'object_budgets',
  'rates',
  'quotes',
  'expenses',
  'purchases',
  'invoices',
  'payments',
  'ledgers',
  'taxes',
  'timers',
  'time_externals',
  'object_schedules',
  'filters',
  'statuses',
  'progressions',
  'webhooks',
  'resources',
  'signoffs',
  'tags',
  'skills',
  'groups',
  'divisions',
  'holidays',
  'referrals',
  'contributors',
  'segmentations',
  'profiles',
  'extensions',
  'prospects',
  'requests',
  'assets',
] as const;

interface Entry {
  readonly facts: RegExp;
  readonly because: string;
}

/** Documented, and met in another way: in other words, or by the code that answers the request. */
const otherwise: readonly Entry[] = [
  { facts: /^field activities permissions$/, because: 'an object whose keys no page tells' },
  {
    facts: /^(field|default) company_segmentation /,
    because: 'answered by segmentations.list, not rows of their own',
  },
  {
    facts: /^required holidays\.create (date_end|duration_seconds)$/,
    because: 'a sentence: only one of the two is required',
  },
  { facts: /^field holidays staff\(\)$/, because: 'the object is asked for with parentheses' },
  {
    facts: /^basic referrals (probability|standing)$/,
    because:
      'no documented object that is referred or refers has a probability here, and nothing tells whose standing',
  },
  { facts: /^field user (user_titles|user_access|locale)$/, because: 'GET user answers the account' },
  {
    facts: /^default \w+_progressions status$/,
    because: 'a list of available progressions always has the status',
  },
  {
    facts: /^(field|default) task_metadata_(managers|against) /,
    because: 'GET tasks/meta answers choices, not rows',
  },
  {
    facts: /^(field|default) activity_thread /,
    because: 'GET activities/threads answers groups of activities, not rows',
  },
  {
    facts: /^basic activities (staff_involved|scope)$/,
    because: 'filters of GET activities/threads, read by its action',
  },
  {
    facts: /^(field|default) request_thread(s|_unresponded_counts) /,
    because: 'GET requests/threads answers what requests and their activities say, not rows',
  },
  {
    facts: /^basic requests (request_type_id|interact_from_staff)$/,
    because: 'filters of GET requests/threads, read by its action',
  },
  {
    facts: /^field asset_object_link_fields /,
    because: 'keys of object_link_fields, which an asset type has',
  },
  { facts: /^request DELETE expenses\/id$/, because: 'the placeholder lost its braces' },
  { facts: /^(field|default) payloads /, because: 'what is posted to subscribers, not an object of the API' },
  {
    facts: /^(field|default) webhook_subscriptions user_deployment$/,
    because: 'the name of the deployment, told by the actions',
  },
  { facts: /^search issues subject$/, because: 'the subject of an issue is its title' },
  {
    facts: /^deprecated contracts owner_affiliation$/,
    because: 'a sentence: it replaces the deprecated affiliation',
  },
  {
    facts: /^required activities\.create (against_type|against_id)$/,
    because: 'a sentence gives each a default: the current user',
  },
];

/** In the catalogue, and not among the documented facts. */
const extra: readonly Entry[] = [
  {
    facts: /^body custom_values\.set value/,
    because: 'a sentence: setting a value accepts the same fields as the update',
  },
  {
    facts: /^(basic|range|order|search) profile_values /,
    because: 'the page lists them under headings of another level; what its `unified` names is not told',
  },
  { facts: /^default extension_values field_name$/, because: 'documented as file_name; the sample has it' },
  {
    facts: /^request GET prospects\/probabilities$/,
    because: 'the evident plural of prospect/probabilities',
  },
  { facts: /^date prospects date_actioned$/, because: 'the evident spelling of dated_actioned' },
  {
    facts:
      /^body create prospects (comments|value|success|staff_id|date_due|weighting|progress|probability_id)$/,
    because: 'ours: what an update may say a creation may say too',
  },
  {
    facts: /^request GET assets\/links$|^(basic|order|date|range|object) asset_links /,
    because: 'documented under a heading that lost its path',
  },
  {
    facts: /^request (POST asset\/\{\}\/links|DELETE assets\/link\/\{\})$/,
    because: 'the paths of documented samples',
  },
  {
    facts: /^default asset_links /,
    because: 'a sentence: all fields of the asset link object are displayed by default',
  },
  { facts: /^body asset_links\.create description$/, because: 'the evident spelling of Description' },
  {
    facts: /^body requests\.threads _?include_unresponded_counts$/,
    because: 'a flag of the read; a sentence and a sample spell it differently',
  },
  { facts: /^request GET divisions\/\{\}$/, because: 'the evident plural of division/{id}' },
  { facts: /^request GET segmentation\/\{\}$/, because: 'the path of a documented sample' },
  { facts: /^basic segmentations title$/, because: 'the current page lists it' },
  { facts: /^field holidays staff$/, because: 'documented as staff()' },
  {
    facts: /^date signoffs date_|^date signoff_recipients date_/,
    because: 'the names of the fields, beside the documented short ones',
  },
  {
    facts: /^request (PUT signoffs\/\{\}|POST signoffs\/recipients)$/,
    because: 'the evident path, and the one of a documented sample',
  },
  {
    facts: /^body update signoff_attachments Standing$/,
    because: 'another revision of the page calls it so',
  },
  { facts: /^request DELETE expenses\/\{\}$/, because: 'the evident path of expenses/id' },
  {
    facts: /^request GET invoices\/line_items$|^(basic|order|range|search) invoice_line_items /,
    because: 'documented under a heading that lost its path',
  },
  { facts: /^request GET tokeninfo$/, because: 'documented on the page about authentication' },
  { facts: /^request GET user$/, because: 'documented as a heading alone' },
  { facts: /^request GET users\/whoami$/, because: 'observed' },
  { facts: /^request GET contacts\/\{\}$/, because: 'the evident path: the documentation lost the id' },
  {
    facts: /^request PUT contact\/\{\}$/,
    because: 'the documentation names this path as the equivalent of DELETE',
  },
  { facts: /^request GET contracts\/periods$/, because: 'observed' },
  { facts: /^request GET contracts\/\{\}\/periods\/\{\}$/, because: 'the path of a documented sample' },
  { facts: /^date contracts date_expires$/, because: 'observed: the evident spelling of date_expired' },
  {
    facts: /^deprecated contracts affiliation$/,
    because: 'a sentence: owner_affiliation replaces the deprecated affiliation',
  },
  {
    facts: /^default contract_(periods|budgets) id$/,
    because: 'the documentation marks no default: an object without its id could not be told apart',
  },
  { facts: /^field quotes contact$/, because: "the documentation's own sample shows it" },
  {
    facts: /^body (create|update) quotes (terms|portal_access|affiliation|manager)$/,
    because: 'read names beside the documented write names: clients send whole entities back',
  },
  {
    facts:
      /^body create quotes (affiliation_id|manager_id|date_expiry|notes|introduction|conclusion|terms_and_conditions|client_portal_access)$/,
    because: 'a sentence: creation "accepts the same fields" as the update',
  },
  { facts: /^request GET affiliation$/, because: 'the path of a documented sample' },
  {
    facts: /^request (GET|PUT|DELETE) affiliation\/\{\}$/,
    because: 'documented so; the facts have the evident plural',
  },
  { facts: /^request (POST|PUT) \w+\/\{\}\/progressions\/\{\}$/, because: 'observed: without /auto' },
  { facts: /^field contacts status$/, because: 'the older name of contact_status' },
  { facts: /^body update companies standing$/, because: 'observed: standing is writable on companies' },
  { facts: /^search issues title$/, because: 'documented as the subject' },
  { facts: /^date jobs date_created$/, because: 'the evident spelling of dated_created' },
  { facts: /^order activities date_logged$/, because: 'observed' },
  { facts: /^body activities\.update medium$/, because: 'an older revision of the page lists it' },
  { facts: /^field activity_classes standing$/, because: 'the filters of the list call the status so' },
  {
    facts: /^(field|default) activity_interacts /,
    because: 'documented in the tables of requests, not as an object',
  },
  {
    facts: /^(field|default) webhook_subscriptions (subscription_id|date_disabled|disabled_because)$/,
    because: 'observed: subscription_id; ours: why a subscription is disabled',
  },
  {
    facts: /^request POST webhooks\/subscriptions\/\{\}\/trigger$/,
    because: 'the path of the documented sample',
  },
  { facts: /^deprecated tasks object_budget$/, because: 'samples show it beside its successor' },
  {
    facts: /^body create (jobs|issues) custom_id$/,
    because: 'ours: nothing documented writes this documented field',
  },
  { facts: /^body create tasks type_id$/, because: 'ours: nothing documented writes the type of a task' },
  {
    facts: /^body contacts\.create (middlename|username|password|title|comments|status|standing)$/,
    because: 'a sentence: creation "accepts all fields" of the update',
  },
  {
    facts: /^(body|required) contacts\.create (firstname|surname)$/,
    because: 'a sentence: firstname and surname are required',
  },
  {
    facts:
      /^body addresses\.create (state|state_id|country|country_id|title|street1|street2|city|zipcode|postcode|postal|physical)$/,
    because: 'a sentence: creation is configured as the update',
  },
];

/** Paths that the documentation gives once for several kinds of object: `{object}/{object_id}/…`. */
const generic: Readonly<Record<string, readonly string[]>> = {
  '/{object}/filters': [
    'activities',
    'affiliations',
    'companies',
    'contracts',
    'expenses',
    'issues',
    'jobs',
    'milestones',
    'prospects',
    'quotes',
    'staff',
    'tasks',
  ],
  object: ['companies', 'contacts'],
  'object profiles': [
    'affiliations',
    'companies',
    'contacts',
    'contracts',
    'invoices',
    'issues',
    'jobs',
    'milestones',
    'prospects',
    'staff',
  ],
  'object extensions': ['assets', 'contracts', 'issues', 'jobs', 'prospects'],
  'object collections': ['companies', 'contacts', 'jobs', 'issues', 'contracts', 'prospects', 'quotes'],
  resource: [
    'tasks',
    'companies',
    'jobs',
    'prospects',
    'issues',
    'milestones',
    'affiliations',
    'contracts',
    'contacts',
    'expenses',
  ],
};

/** Titles of objects whose singular is another here. */
const titled: Readonly<Record<string, string>> = {
  manager: 'company_manager',
  invoice: 'account_invoice',
  expenses: 'expense',
  recipient: 'signoff_recipient',
  attachment: 'signoff_attachment',
};

interface DocumentedField {
  readonly name: string;
  readonly default?: boolean;
  readonly deprecated?: boolean;
}

interface DocumentedRequest {
  readonly method: string;
  readonly path: string;
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  readonly body?: readonly { readonly name: string; readonly required: boolean }[];
}

interface Section {
  readonly objects: Readonly<Record<string, readonly DocumentedField[]>>;
  readonly wire?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly requests: readonly DocumentedRequest[];
}

const { resources: documentation } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'reference.json'), 'utf8'),
) as { readonly resources: Readonly<Record<string, Section>> };

const catalogue = await loadCatalogue();
const routes = buildRoutes(catalogue).all;
const routeOf = new Map(routes.map((route) => [requestFact(route.row.method, route.row.path), route]));

const inScope = new Set<string>(sections);
const resources = [...catalogue.resources.values()].filter(({ scope }) => inScope.has(scope));

function requestFact(method: string, path: string): string {
  return `request ${method} ${path.replace(/^\/|\/$/g, '').replace(/\{[^}]*\}|:\w+/g, '{}')}`;
}

/** The resources that an object of the documentation describes, by name; its own name when there is none. */
function resourcesTitled(title: string): readonly string[] {
  if (title === 'Status Objects')
    return resources.filter(({ singular }) => singular.endsWith('_status')).map(({ name }) => name);
  if (title === 'The Progression Object')
    return resources.flatMap(({ progression }) => progression?.table ?? []);
  const words = title
    .replace(' (Beta)', '')
    .replace(/^The /, '')
    .replace(/ Object$/, '')
    .toLowerCase()
    .replaceAll(' ', '_');
  const singular = titled[words] ?? words;
  return [catalogue.bySingular.get(singular)?.name ?? singular];
}

/** What a request writes, as the subject of its parameters: requests that write the same say so in the same words. */
function deedOf({ row, owner }: Route): string | undefined {
  if (row.act === 'action') return row.action;
  return row.act === 'create' || row.act === 'update' ? `${row.act} ${owner.name}` : undefined;
}

const pathsOf = (path: string): readonly string[] => {
  const [, placeholder] = /^\/?\{(\w+)\}\//.exec(path) ?? [];
  if (placeholder === undefined) return [path];
  const word = path.split('/').find((segment) => generic[`${placeholder} ${segment}`]);
  const kinds = generic[path] ?? generic[`${placeholder} ${word}`] ?? generic[placeholder];
  assert.ok(kinds, `${path}: which kinds of object are meant`);
  return kinds.map((name) => path.replace(`{${placeholder}}`, name));
};

function documentedFields({ objects }: Section): readonly string[] {
  return Object.entries(objects).flatMap(([title, fields]) =>
    resourcesTitled(title).flatMap((resource) =>
      fields.flatMap((field) => [
        `field ${resource} ${field.name}`,
        ...(field.default ? [`default ${resource} ${field.name}`] : []),
        ...(field.deprecated ? [`deprecated ${resource} ${field.name}`] : []),
      ]),
    ),
  );
}

/** Fields that the documentation's own samples of an object show. */
const sampledFields = ({ wire = {}, objects }: Section): readonly string[] =>
  Object.entries(wire)
    .filter(([title]) => Object.hasOwn(objects, title))
    .flatMap(([title, keys]) =>
      resourcesTitled(title).flatMap((resource) =>
        Object.keys(keys).map((name) => `field ${resource} ${name}`),
      ),
    );

function documentedRequest({ method, path, filters = {}, body = [] }: DocumentedRequest): readonly string[] {
  const fact = requestFact(method, path);
  const route = routeOf.get(fact);
  const filtered = route?.answered.name ?? path;
  const deed = (route && deedOf(route)) ?? `${method} ${path}`;
  return [
    fact,
    ...Object.entries(filters).flatMap(([kind, names]) =>
      names.map((name) => filterFact(kind, filtered, name)),
    ),
    ...body.flatMap(({ name, required }) =>
      name
        .split('/')
        .flatMap((each) => [`body ${deed} ${each}`, ...(required ? [`required ${deed} ${each}`] : [])]),
    ),
  ];
}

function filterFact(kind: string, resource: string, name: string): string {
  // Any field may be asked for with `empty`: there is no list of those.
  if (kind === 'empty') return `field ${resource} ${name}`;
  return `${kind} ${resource} ${kind === 'date' ? name.replace(/_(before|after)$/, '') : name}`;
}

const documentedFacts = (section: Section): readonly string[] => [
  ...documentedFields(section),
  ...section.requests.flatMap((request) =>
    pathsOf(request.path).flatMap((path) => documentedRequest({ ...request, path })),
  ),
];

function factsOf(resource: Resource): readonly string[] {
  const { name, fields, filters, search } = resource;
  const shown = Object.entries(fields).filter(([, field]) => field.shown !== 'hidden');
  return [
    ...shown.map(([field]) => `field ${name} ${field}`),
    ...shown.filter(([, field]) => field.shown === 'default').map(([field]) => `default ${name} ${field}`),
    ...shown.filter(([, field]) => field.deprecated).map(([field]) => `deprecated ${name} ${field}`),
    ...Object.entries(filters).flatMap(([kind, names]) =>
      (names as readonly string[]).map((filter) => filterFact(kind, name, filter)),
    ),
    ...search.flatMap(namesOf).map((field) => `search ${name} ${field}`),
    ...routes.filter(({ owner }) => owner === resource).flatMap(factsOfRoute),
  ];
}

function namesOf(source: Source): readonly string[] {
  if ('own' in source) return [source.own];
  if ('joined' in source) return source.joined;
  if ('any' in source) return source.any.flatMap(namesOf);
  return 'source' in source ? namesOf(source.source) : [];
}

function factsOfRoute(route: Route): readonly string[] {
  const { row, owner } = route;
  const deed = deedOf(route);
  const written =
    row.act === 'create'
      ? [...owner.create.required.map((name) => `${name}!`), ...owner.create.optional]
      : row.act === 'update'
        ? owner.update
        : (row.parameters ?? []);
  return [
    requestFact(row.method, row.path),
    ...(deed === undefined ? [] : written).flatMap((parameter) =>
      parameter.endsWith('!')
        ? [`body ${deed} ${parameter.slice(0, -1)}`, `required ${deed} ${parameter.slice(0, -1)}`]
        : [`body ${deed} ${parameter}`],
    ),
  ];
}

const bySection = new Map(
  sections.map((name) => {
    const section = documentation[name];
    assert.ok(section, `the documentation has a section ${name}`);
    return [name, { documented: new Set(documentedFacts(section)), sampled: sampledFields(section) }];
  }),
);
const documented = new Set([...bySection.values()].flatMap((section) => [...section.documented]));
const sampled = new Set([...bySection.values()].flatMap((section) => section.sampled));
const ours = new Set(resources.flatMap(factsOf));

/** Read names that are accepted beside documented write names, because clients send whole entities back. */
const readNames = new Set(
  routes.flatMap((route) => {
    const deed = deedOf(route);
    const prefix = `body ${deed} `;
    const names = [...documented]
      .filter((fact) => fact.startsWith(prefix))
      .map((fact) => fact.slice(prefix.length));
    return names.flatMap((name) => {
      const field = fieldBehind(route.owner, name);
      return field === undefined || field === name ? [] : [`${prefix}${field}`];
    });
  }),
);

const listed = (fact: string, ...lists: readonly (readonly Entry[])[]): boolean =>
  lists.some((list) => list.some(({ facts }) => facts.test(fact)));

const missing = [...documented].filter((fact) => !ours.has(fact));
const undocumented = [...ours].filter(
  (fact) => !documented.has(fact) && !sampled.has(fact) && !readNames.has(fact),
);

describe('what the documentation has, the catalogue has', () => {
  for (const [name, section] of bySection) {
    test(name, () => {
      const open = missing.filter((fact) => section.documented.has(fact) && !listed(fact, otherwise));
      assert.deepEqual(open, []);
    });
  }
});

describe('what the catalogue has, the documentation has', () => {
  for (const resource of resources) {
    test(resource.name, () => {
      const own = new Set(factsOf(resource));
      assert.deepEqual(
        undocumented.filter((fact) => own.has(fact) && !listed(fact, extra)),
        [],
      );
    });
  }
});

describe('no list has what is no longer so', () => {
  for (const { facts, because } of otherwise) {
    test(`not in the catalogue: ${because}`, () =>
      assert.ok(
        missing.some((fact) => facts.test(fact)),
        String(facts),
      ));
  }
  for (const { facts, because } of extra) {
    test(`not among the facts: ${because}`, () =>
      assert.ok(
        undocumented.some((fact) => facts.test(fact)),
        String(facts),
      ));
  }
});
