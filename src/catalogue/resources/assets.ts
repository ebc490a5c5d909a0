import {
  alias,
  choice,
  flag,
  link,
  made,
  moment,
  parentBreadcrumbs,
  parentTitle,
  reference,
  text,
  unsigned,
} from '../fields.ts';
import type { Stored } from '../kinds/kind.ts';
import { count, list, read, remove, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { highest, own, same } from '../source.ts';
import { extensions } from '../traits/custom.ts';

const kinds = ['company', 'contact', 'affiliation', 'job', 'issue', 'prospect', 'contract'] as const;
/** "An asset may be linked to an issue, job, prospect, or contract" — reference, The Asset Link. */
const linked = ['issue', 'job', 'prospect', 'contract'] as const;
const written = ['description', 'Description', 'start_date', 'end_date'] as const;
const creates = verb('POST', 'assets/links', 'asset_links.create', {
  of: 'asset_links',
  parameters: ['asset_id!', 'linked_object_id!', 'linked_object_type!', ...written],
});
const createsBelow = (path: string) =>
  verb('POST', path, 'asset_links.create', {
    of: 'asset_links',
    parameters: ['linked_object_id!', 'linked_object_type!', ...written],
  });

/** "If any of the fields labelled optional above are empty, they will not be displayed." */
const unlessEmpty = (name: string) =>
  made([own(name)], ([value]) => (value == null || value === '' ? undefined : String(value)), {
    shown: 'default',
    tells: { field: name, read: (told = null) => told as Stored },
  });

/** What an asset is used for. */
const links = resource({
  name: 'asset_links',
  singular: 'asset_link',
  plural: 'asset_links',
  scope: 'assets',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    asset: link('assets', { shown: 'hidden' }),
    linked_object_type: choice(linked, { shown: 'default' }),
    linked_object_id: unsigned({ shown: 'default' }),
    linked_object: reference('linked_object', { shown: 'hidden' }),
    note: text({ shown: 'hidden', limit: 65_535 }),
    date_start: moment({ shown: 'hidden' }),
    date_end: moment({ shown: 'hidden' }),
    asset_link_id: alias('id', unsigned(), { shown: 'default' }),
    asset_id: alias('asset', unsigned(), { shown: 'default' }),
    linked_object_title: parentTitle({ shown: 'default' }),
    linked_object_breadcrumbs: parentBreadcrumbs({ shown: 'default' }),
    description: unlessEmpty('note'),
    start_date: unlessEmpty('date_start'),
    end_date: unlessEmpty('date_end'),
  },
  personal: { text: ['note'] },
  titled: 'note',
  parent: 'linked_object',
  references: { linked_object: linked },
  dependent: ['asset', 'linked_object'],
  access: { remove: 'standard' },
  parameters: {
    asset_id: 'asset',
    description: 'note',
    Description: 'note',
    start_date: 'date_start',
    end_date: 'date_end',
  },
  create: { required: ['asset_id', 'linked_object_id', 'linked_object_type'], optional: written },
  filters: {
    basic: ['asset_link_id', 'asset_id'],
    object: ['linked_object'],
    date: ['date_start', 'date_end'],
    order: ['asset_link_id', 'date_start', 'date_end'],
    range: ['asset_link_id'],
  },
  requests: [
    verb('GET', 'assets/links', 'asset_links.list', { tells: { under: 'asset_links' } }),
    creates,
    createsBelow('assets/{asset_id}/links'),
    createsBelow('asset/{asset_id}/links'),
    remove('assets/links/{asset_link_id}'),
    remove('assets/link/{asset_link_id}'),
  ],
});

/** `job: description start_date end_date`, one kind of object a line, to `{job: {include_description: 1, …}}`. */
function includes(lines: string): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const rows = lines.split('\n').flatMap((line) => {
    const [kind = '', words = ''] = line.split(':');
    const has = (word: string): number => Number(words.trim().split(' ').includes(word));
    const include = {
      include_description: has('description'),
      include_start_date: has('start_date'),
      include_end_date: has('end_date'),
    };
    return linked.some((each) => each === kind.trim()) ? [[kind.trim(), include] as const] : [];
  });
  return Object.fromEntries(rows);
}

/** The same the other way round. */
function linesOf(told: unknown): Stored | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const lines = Object.entries(
    told as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>,
  ).map(([kind, include]) =>
    [`${kind}:`, ...words.filter((word) => Number(include?.[`include_${word}`]) === 1)].join(' '),
  );
  return lines.length > 0 ? lines.join('\n') : null;
}

const words = ['description', 'start_date', 'end_date'] as const;

const types = resource({
  name: 'asset_types',
  singular: 'asset_type',
  plural: 'asset_types',
  scope: 'assets',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    link_lines: text({ shown: 'hidden', limit: 1_000 }),
    object_link_fields: made([own('link_lines')], ([lines]) => includes(String(lines ?? '')), {
      shown: 'default',
      tells: { field: 'link_lines', read: linesOf },
    }),
    standing: text({ initial: { value: 'active' } }),
    has_manager: flag({ initial: { value: 0 } }),
    has_affiliation: flag({ initial: { value: 0 } }),
    has_address: flag({ initial: { value: 0 } }),
    ordering: unsigned({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  create: {
    required: ['title'],
    optional: ['link_lines', 'standing', 'has_manager', 'has_affiliation', 'has_address', 'ordering'],
  },
  filters: { basic: ['id', 'standing'], order: ['id', 'standing', 'title'], range: ['id'] },
  requests: [list('assets/types'), read('assets/types/{type_id}')],
});

/** Things: the computers of a client, the prices of a medium. The reference has no request that creates one. */
export default resource({
  singular: 'asset',
  plural: 'assets',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    latest_asset_link: link('asset_links', {
      shown: 'default',
      embedded: true,
      source: highest('asset_links', [same('asset', 'id')], 'id'),
    }),
    standing: text({ initial: { value: 'active' } }),
    date_created: moment({ initial: 'now' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    asset_type: link('asset_types', { initial: 'first', id: true }),
    affiliation: link('affiliations', { id: true }),
    manager: link('staff', { id: true }),
    address: link('addresses', { id: true }),
  },
  personal: { text: ['title'] },
  titled: 'title',
  parent: 'against',
  search: ['title'],
  references: { against: kinds },
  sources: { type_id: own('asset_type') },
  create: {
    required: ['title'],
    optional: [
      'standing',
      'date_created',
      'against_type',
      'against_id',
      'asset_type',
      'affiliation',
      'manager',
      'address',
    ],
  },
  update: ['title'],
  filters: {
    basic: [
      'id',
      'standing',
      'type_id',
      'affiliation_id',
      'manager_id',
      'address_id',
      'against_type',
      'against_id',
    ],
    date: ['date_created'],
    order: ['id', 'date_created', 'standing'],
    range: ['id', 'standing', 'type_id', 'affiliation_id', 'manager_id', 'address_id'],
    object: ['against'],
  },
  requests: [list('assets'), count('assets/count'), read('assets/{asset_id}'), update('assets/{asset_id}')],
  parts: [types, links],
  traits: [extensions('asset', 'assets', 'asset_type')],
});
