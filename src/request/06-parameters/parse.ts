import type { Resource } from '../../catalogue/resource.ts';
import { both, type Condition } from '../../store/query.ts';
import type { Routed } from '../05-route/resolve.ts';
import type { World } from '../world.ts';
import type { Selection } from './fields.ts';
import { type Order, parseFilters } from './filters.ts';
import { type Page, parsePage } from './page.ts';
import { searchFor } from './search.ts';
import { type Parameters, single, textOf } from './single.ts';
import { parseValues, type Written } from './values.ts';

export interface Parsed extends Routed {
  readonly parameters: Parameters;
  readonly selection: Selection;
  readonly where: Condition;
  readonly order: readonly Order[];
  readonly page: Page;
  readonly written: Written;
}

const nothing: Written = Object.freeze({ values: {}, names: {} });

/**
 * All that the caller said, read by the one rule for each. Pure. Refuses `body.malformed`, `parameter.repeated`, `parameter.invalid`,
 * `parameter.missing`.
 */
export function parse(routed: Routed, world: World): Parsed {
  const parameters = single(routed.received);
  const { row, answered } = routed.route;
  const hide = ['1', 'yes'].includes(textOf(parameters, '_hide_defaults') ?? '');
  const selection = world.selections.select(answered, parameters.get('_fields'), hide);
  const lists =
    row.act === 'list' ||
    row.act === 'count' ||
    (row.act === 'action' && row.method === 'GET' && !row.ownFilters);
  const { where, order } = lists
    ? parseFilters(parameters.get('_filters'), answered, world.catalogue)
    : { where: { all: [] }, order: [] };
  const search = lists ? textOf(parameters, '_search') : undefined;
  return {
    ...routed,
    parameters,
    selection,
    where:
      search === undefined || search.trim() === ''
        ? where
        : both(where, searchFor(search, answered, world.catalogue, '_search')),
    order,
    page: parsePage(parameters),
    written: written(row.act, answered, parameters),
  };
}

function written(act: string, resource: Resource, parameters: Parameters): Written {
  if (act === 'create') return parseValues(parameters, resource, resource.create);
  if (act === 'update') return parseValues(parameters, resource, { required: [], optional: resource.update });
  return nothing;
}
