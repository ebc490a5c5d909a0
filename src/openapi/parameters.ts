import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import type { Route } from '../request/05-route/table.ts';
import { pascal } from './method-names.ts';
import { one, type Schema } from './schemas.ts';

type Parameter = { readonly [key: string]: Tree };

const query = (name: string, description: string, schema: Schema, more: Parameter = {}): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
  ...more,
});

const yes: Schema = { type: 'string', enum: ['1', 'yes'] };

/** Of every operation: how it is asked and answered. They stand in each path. */
const everywhere: Readonly<Record<string, Parameter>> = {
  Method: query('_method', 'Overrides the method, from any method; in the query or in the body.', {
    type: 'string',
    pattern: '^([gG][eE][tT]|[pP][uU][tT]|[pP][oO][sS][tT]|[dD][eE][lL][eE][tT][eE])$',
  }),
  SuppressMessage: query('_suppress_message', 'Drops `message` and `more_info` from `meta`.', yes),
  SuppressHttpStatus: query(
    '_suppress_http_status',
    'HTTP is 200 whatever happens; the real code is in `meta.response_code`.',
    yes,
  ),
  SuppressMeta: query(
    '_suppress_meta',
    'No `meta`; HTTP stays the real code, and the status is in `X-Status`.',
    yes,
  ),
  BearerToken: query('_bearer_token', 'The access token, for callers that can send no header.', {
    type: 'string',
  }),
  AcceptType: {
    name: 'Accept-Type',
    in: 'header',
    description: 'The format of the answer, where neither the suffix of the path nor `Accept` says it.',
    schema: { type: 'string' },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description: 'Comes back in the answer, and leads the operator to what became of the request.',
    schema: { type: 'string' },
  },
};

const sometimes: Readonly<Record<string, Parameter>> = {
  Search: query('_search', 'Every word has to be found, in any case of letters.', { type: 'string' }),
  Page: query('_page', 'From 0. Goes before `_offset`.', { type: 'integer', minimum: 0 }),
  Limit: query('_limit', 'Objects of one page; more than 100 is 100.', {
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 10,
  }),
  Offset: query('_offset', 'Objects to leave out first.', { type: 'integer', minimum: 0 }),
  HideDefaults: query('_hide_defaults', 'Only the fields that `_fields` names.', yes),
  Fields: query(
    '_fields',
    'Fields beside those that are always returned: `website,status(color)`; `_ALL` is every optional one, `breadcrumbs` the objects above. A link with parentheses is the linked object, up to four deep.',
    { type: 'string' },
  ),
  Filters: query(
    '_filters',
    'A list of filters, such as `id(1,2)`. What this list does not have is left out, and named in `X-Status-Ignored`.',
    { type: 'string' },
  ),
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The same key and body within a day replays the answer stored for this application and person; with another body it is refused.',
    schema: { type: 'string', maxLength: 255 },
  },
};

const inPath = (name: string): string => `${pascal(name)}InPath`;
const filtersName = ({ plural }: Resource): string => `FiltersOf${pascal(plural)}`;

const listed = (what: string, names: readonly string[], form: string): readonly string[] =>
  names.length > 0 ? [`${what} (${form}): ${names.map((name) => `\`${name}\``).join(', ')}.`] : [];

/** What a list of this resource can be filtered and ordered by. */
function filtersParameter(resource: Resource): Parameter {
  const { basic, date, range, object, order } = resource.filters;
  const lines = [
    'A comma-separated list; a repeated filter counts once, the last. What is not listed here is left out, and named in `X-Status-Ignored`.',
    ...listed('Basic', basic, '`name(1,2)`, `name_not(1)`'),
    ...listed('Range', range, '`name_greater_than(1)`, `name_less_than_or_equal(2)`'),
    ...listed('Date', date, '`name_before(1700000000)`, `name_after(…)`'),
    ...listed('Object', object, '`name(company(1,2))`'),
    ...listed('Order', order, '`order_by_asc(name)`, `order_by_desc(name)`'),
    'Also `empty(name)`, `search(words)`, `_AND(…)`, `_OR(…)`.',
  ];
  const names = { basic, date, range, object, order };
  return query('_filters', lines.join(' '), { type: 'string' }, { 'x-filters': names });
}

export const parameterAt = (name: string): Schema => ({ $ref: `#/components/parameters/${name}` });

/** What stands in a path, by the name it has there: `company_id`. */
function pathParameter(name: string): Parameter {
  const what = name.replace(/_id$/, '');
  return {
    name,
    in: 'path',
    required: true,
    description: what === 'id' ? 'The id of the object.' : `The id of ${one(what)}.`,
    schema: { type: 'string', pattern: '^[0-9]{1,16}$' },
  };
}

/** Parameters that operations refer to; `ids` are the names of all ids of paths. */
export function parameters(
  { resources }: Catalogue,
  ids: ReadonlySet<string>,
): Readonly<Record<string, Parameter>> {
  const filters = [...resources.values()]
    .filter((resource) => Object.values(resource.filters).some((names) => names.length > 0))
    .map((resource) => [filtersName(resource), filtersParameter(resource)] as const)
    .sort(([first], [second]) => (first < second ? -1 : 1));
  const inPaths = [...ids].sort().map((name) => [inPath(name), pathParameter(name)] as const);
  return { ...everywhere, ...sometimes, ...Object.fromEntries(filters), ...Object.fromEntries(inPaths) };
}

/** Those of every path. */
export const common: readonly Schema[] = Object.keys(everywhere).map(parameterAt);

/** Whether a request is for a list, whose filters are read. */
export const readsFilters = ({ row }: Route): boolean =>
  row.act === 'list' || row.act === 'count' || (row.method === 'GET' && row.act === 'verb');

/** What an operation reads of a query or a header, beside what all read; `ids` are the names of the path's ids. */
export function parametersOf(route: Route, ids: readonly string[]): readonly Schema[] {
  const { row, answered } = route;
  const names: string[] = [];
  const reads = row.method === 'GET' && row.act === 'verb';
  const shows = !['count', 'remove', 'progressions'].includes(row.act) && !row.shaped;
  if (shows) names.push('Fields', 'HideDefaults');
  if (readsFilters(route)) {
    const has = Object.values(answered.filters).some((filters) => filters.length > 0);
    if (row.ownFilters) names.push('Filters');
    else if (has) names.push(filtersName(answered));
    if (answered.search.length > 0 && !row.ownFilters) names.push('Search');
  }
  if (row.act === 'list' || (reads && !row.shaped)) names.push('Page', 'Limit', 'Offset');
  if (row.method === 'POST') names.push('IdempotencyKey');
  const own = row.method === 'GET' ? (row.parameters ?? []) : [];
  return [
    ...ids.map((name) => parameterAt(inPath(name))),
    ...names.map(parameterAt),
    ...own.map(
      (name): Schema => ({
        name: name.replace('!', ''),
        in: 'query',
        ...(name.endsWith('!') ? { required: true } : {}),
        schema: { type: 'string' },
      }),
    ),
  ];
}
