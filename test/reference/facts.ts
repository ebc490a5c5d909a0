import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldBehind, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Source } from '../../src/catalogue/source.ts';
import { buildRoutes, type Route } from '../../src/request/05-route/table.ts';

/**
 * The catalogue against the facts of the documentation, both ways. Each side is told as a set of short sentences
 * (`request GET companies/{}`, `default companies name`, `basic companies manager_id`, `required create companies name`);
 * what only one side says is explained in `reasons.ts`.
 */

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
  readonly title: string;
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
/** By the fact that the request is there. */
export const routeOf = new Map(routes.map((route) => [requestFact(route.row.method, route.row.path), route]));

export const resources = [...catalogue.resources.values()];

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
  if (row.act === 'verb') return row.verb;
  return row.act === 'create' || row.act === 'update' ? `${row.act} ${owner.name}` : undefined;
}

/** Lines that lost their braces. */
const evident: Readonly<Record<string, string>> = { '/expenses/id': '/expenses/{expense_id}' };

const pathsOf = (written: string): readonly string[] => {
  const path = evident[written] ?? written;
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

/** Every request of a section, once for each kind of object it is meant for, and what is told of it; the first fact is that it is there. */
export const requestsOf = (
  section: string,
): readonly { readonly title: string; readonly line: string; readonly facts: readonly string[] }[] =>
  (documentation[section]?.requests ?? []).flatMap((request) =>
    pathsOf(request.path).map((path) => ({
      title: request.title,
      line: `${request.method} ${path}`,
      facts: documentedRequest({ ...request, path }),
    })),
  );

const documentedFacts = (section: Section): readonly string[] => [
  ...documentedFields(section),
  ...section.requests.flatMap((request) =>
    pathsOf(request.path).flatMap((path) => documentedRequest({ ...request, path })),
  ),
];

export function factsOf(resource: Resource): readonly string[] {
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
  const others = row.act === 'update' ? owner.update : (row.parameters ?? []);
  const written =
    row.act === 'create'
      ? [...owner.create.required.map((name) => `${name}!`), ...owner.create.optional]
      : others;
  return [
    requestFact(row.method, row.path),
    ...(deed === undefined ? [] : written).flatMap((parameter) =>
      parameter.endsWith('!')
        ? [`body ${deed} ${parameter.slice(0, -1)}`, `required ${deed} ${parameter.slice(0, -1)}`]
        : [`body ${deed} ${parameter}`],
    ),
  ];
}

/** What each section of the documentation tells. */
export const bySection = new Map(
  Object.entries(documentation).map(([name, section]) => [
    name,
    { documented: new Set(documentedFacts(section)), sampled: sampledFields(section) },
  ]),
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

/** What only the documentation tells. */
export const missing = [...documented].filter((fact) => !ours.has(fact));
/** What only the catalogue tells. */
export const undocumented = [...ours].filter(
  (fact) => !documented.has(fact) && !sampled.has(fact) && !readNames.has(fact),
);
