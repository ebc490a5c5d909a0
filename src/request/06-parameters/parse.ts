import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { RequestRow } from '../../catalogue/request.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { Parameters } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Written } from '../../objects/written.ts';
import { both, type Condition } from '../../store/query.ts';
import type { Received, Upload } from '../01-transport/received.ts';
import type { Routed } from '../05-route/resolve.ts';
import type { World } from '../world.ts';
import type { Order } from './conditions.ts';
import type { Selection } from './fields.ts';
import { type Filtered, parseFilters, unfiltered, wordsIn } from './filters.ts';
import { type Ignored, refuseIgnored } from './ignored.ts';
import { type ListPage, parsePage } from './page.ts';
import { searchFor, tooManyWords, wordsMax } from './search.ts';
import { parameterText, singleParameters } from './single.ts';
import { parseValues } from './values.ts';

export interface ParsedRequest extends Routed {
  readonly parameters: Parameters;
  readonly selection: Selection;
  readonly where: Condition;
  readonly order: readonly Order[];
  /** Filters, orders and searches that the list does not have. */
  readonly ignored: Ignored;
  readonly page: ListPage;
  readonly written: Written;
  /** The file that came with the request, in the part of this name. */
  readonly upload: { readonly name: string; readonly upload: Upload } | undefined;
}

const nothing: Written = Object.freeze({ values: {}, names: {} });

/**
 * Everything that the caller sent, each parameter read by one rule. Pure. Refuses `body.malformed`, `parameter.repeated`, `parameter.invalid`,
 * `parameter.missing`.
 */
export function parse(routed: Routed, world: World): ParsedRequest {
  const parameters = singleParameters(routed.received);
  const { row, answered } = routed.route;
  const upload = uploadIn(routed.received, row);
  const hide = ['1', 'yes'].includes(parameterText(parameters, '_hide_defaults') ?? '');
  const selection = world.selections.select(answered, parameters.get('_fields'), hide);
  const lists =
    row.act === 'list' ||
    row.act === 'count' ||
    (row.act === 'verb' && row.method === 'GET' && !row.ownFilters);
  const filtered = lists
    ? parseFilters(parameters.get('_filters') ?? row.usually, answered, world.catalogue)
    : unfiltered;
  const { where, order, ignored } = searched(
    filtered,
    lists ? parameterText(parameters, '_search') : undefined,
    answered,
    world.catalogue,
  );
  if (world.settings.unknownFilters === 'refuse') refuseIgnored(ignored, answered);
  return {
    ...routed,
    parameters,
    selection,
    where,
    order,
    ignored,
    page: parsePage(parameters),
    written: written(row.act, answered, parameters),
    upload,
  };
}

/** The filters, and the search beside them. Refuses `parameter.invalid`. */
export function searched(
  filtered: Filtered,
  search: string | undefined,
  resource: Resource,
  catalogue: Catalogue,
): Filtered {
  if (search === undefined || search.trim() === '') return filtered;
  const found = searchFor(search, resource, catalogue, '_search');
  if (!found) return { ...filtered, ignored: [...filtered.ignored, '_search'] };
  const words = filtered.words + wordsIn(found);
  if (words > wordsMax) tooManyWords('_search');
  return { ...filtered, where: both(filtered.where, found), words };
}

/** A file that the request does not accept is refused: its sender wants it to be stored. */
function uploadIn({ uploads }: Received, row: RequestRow): ParsedRequest['upload'] {
  let found: ParsedRequest['upload'];
  for (const [name, upload] of uploads) {
    if (!row.uploads?.includes(name)) {
      const detail = row.uploads ? `a file is taken as ${row.uploads[0]}` : 'no file is taken here';
      refuse('parameter.invalid', { field: name.slice(0, 60), detail });
    }
    if (found) refuse('parameter.invalid', { field: name, detail: 'one file is taken at a time' });
    // A browser sends an empty part without a name when no file was chosen.
    if (upload.filename !== '' || upload.staged?.size !== 0) found = { name, upload };
  }
  return found;
}

function written(act: string, resource: Resource, parameters: Parameters): Written {
  if (act === 'create') return parseValues(parameters, resource, resource.create);
  if (act === 'update') return parseValues(parameters, resource, { required: [], optional: resource.update });
  return nothing;
}
