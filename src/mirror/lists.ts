import type { Resource } from '../catalogue/resource.ts';
import { ownField } from '../transfer/columns.ts';
import { objectsIn, objectsWithRelated } from './answered.ts';
import { type Copying, reasonText, writePart } from './copying.ts';
import { type Progressed, progressed } from './journal.ts';
import type { Part } from './plan.ts';
import type { SourceAnswer } from './source.ts';

/** The most that a page has, by the reference. */
const page = 100;

/**
 * How the next page is found: behind an id, so that what comes and goes meanwhile moves nothing; by its number, in the order of ids or in
 * whichever there is (`plain`); or there is but one.
 */
type Paging = 'id' | 'page' | 'plain' | 'none';

/** What is asked for of each object; a server may not want to give all of it. */
interface Asking {
  readonly paging: Paging;
  readonly part: Part;
}

/** Copies a list from where it was left, or what has changed in it since it was copied last. */
export async function copyList(copying: Copying, part: Part): Promise<void> {
  const { mirror } = copying;
  const before = await progressed(copying.store, copying.deployment, part.name, mirror.run);
  if (!before) return;
  copying.progress.begin(part.name);
  const changed =
    before.since !== null && mirror.full === 0 && filtersChanges(part.resource) ? before.since : undefined;
  // Pages are kept as negative numbers, ids as positive ones.
  const counted = before.last < 0 && pagingOf(part) === 'id';
  let asking: Asking = { paging: counted ? 'page' : pagingOf(part), part };
  let last = Math.abs(before.last);
  let began = before.began;
  /** Every id that came by number of page: pages may go round in circles. */
  let seen = new Set<number>();
  for (;;) {
    const answer = await copying.source.get(part.row.path, parametersOf(asking, last, changed));
    if (!answer.ok) {
      const less = withLess(asking, answer, copying);
      if (less === undefined) {
        copying.tally.leftOut.set(part.name, reasonText(answer));
        return;
      }
      if (less.paging !== asking.paging) {
        last = 0;
        seen = new Set();
      }
      asking = less;
      continue;
    }
    const objects = objectsIn(answer.response, part);
    if (!objects) {
      copying.tally.leftOut.set(part.name, 'the answer has no list');
      return;
    }
    began ??= Math.max(mirror.began ?? 0, answer.at ?? 0);
    const { own, others, tied, unreadable } = objectsWithRelated(objects, asking.part, copying.catalogue);
    const ids = own.map(({ id }) => id);
    if (asking.paging === 'id' && !ids.every((id, i) => id > (ids[i - 1] ?? last))) {
      // It is in another order: what comes behind the last id was not all that is left.
      asking = { ...asking, paging: 'page' };
      last = 0;
      seen = new Set();
      continue;
    }
    const stuck = ids.every((id) => seen.has(id));
    if (objects.length > 0 && stuck) {
      const why =
        ids.length === 0 ? 'its objects have no ids' : 'its pages do not go on: what comes has come before';
      copying.tally.leftOut.set(part.name, why);
      return;
    }
    if (asking.paging !== 'id') for (const id of ids) seen.add(id);
    const over = objects.length < page || asking.paging === 'none';
    last = asking.paging === 'id' ? (ids.at(-1) ?? last) : last + 1;
    const now: Progressed = over
      ? { run: mirror.run, last: 0, began: null, since: began }
      : { run: mirror.run, last: asking.paging === 'id' ? last : -last, began, since: before.since };
    await writePart(copying, part.name, { rows: [...own, ...others], unreadable, tied }, now);
    if (over) return;
  }
}

function pagingOf({ row, resource }: Part): Paging {
  if (row.tells?.whole) return 'none';
  return idFilter(resource) === undefined ? 'page' : 'id';
}

/** The name of the filter that compares ids, if the list has one. */
const idFilter = ({ filters, ...resource }: Resource): string | undefined =>
  filters.range.find((name) => ownField({ filters, ...resource }, name) === 'id');

const idOrder = (resource: Resource): string | undefined =>
  resource.filters.order.find((name) => ownField(resource, name) === 'id');

const stamp = 'date_modified';
const filtersChanges = ({ filters, fields }: Resource): boolean =>
  filters.date.includes(stamp) && fields[stamp]?.column !== undefined;

function parametersOf(
  { paging, part }: Asking,
  last: number,
  changed: number | undefined,
): Record<string, string> {
  const { row, resource, names, embedded, ties, crumbs } = part;
  const fields = [
    ...names.filter((name) => !embedded.some(({ key }) => key === name)),
    ...embedded.map((each) => `${each.key}(${each.names.join(',')})`),
    ...ties.map(({ key }) => key),
    ...(crumbs === undefined ? [] : ['breadcrumbs']),
    ...(row.tells?.carries ? [row.tells.carries.key] : []),
  ];
  const order = idOrder(resource);
  const filters = [
    ...(paging === 'id' && last > 0 ? [`${idFilter(resource)}_greater_than(${last})`] : []),
    // A second earlier: what was written in the same second as the last pass began may not have been in it.
    ...(changed === undefined ? [] : [`${stamp}_after(${changed - 2})`]),
    ...(order === undefined || paging === 'none' || paging === 'plain' ? [] : [`order_by_asc(${order})`]),
  ];
  return {
    _fields: fields.join(','),
    ...(paging === 'none' ? {} : { _limit: String(page) }),
    ...(paging === 'page' || paging === 'plain' ? { _page: String(last) } : {}),
    // Some lists leave out what is inactive unless filters are sent, also empty ones.
    ...(filters.length > 0 || row.usually !== undefined ? { _filters: filters.join(',') } : {}),
  };
}

/** A request that the server may answer where it does not answer this one; `undefined` when there is none. */
function withLess(
  { paging, part }: Asking,
  answer: SourceAnswer & { readonly ok: false },
  { tally }: Copying,
): Asking | undefined {
  const { embedded, row, ties, crumbs } = part;
  const extra = embedded.length > 0 || row.tells?.carries !== undefined;
  if ((answer.status === 'invalid_scope' || answer.status === 'invalid_permission') && extra) {
    for (const name of [...embedded.map(({ resource }) => resource.name), row.tells?.carries?.of])
      if (name !== undefined) tally.leftOut.set(`${name} in ${part.name}`, reasonText(answer));
    const { tells: _, ...plain } = row;
    return { paging, part: { ...part, embedded: [], row: plain } };
  }
  if (answer.status !== 'invalid_request' || answer.http === 404) return undefined;
  if (paging === 'id') return { paging: 'page', part };
  if (paging === 'page') return { paging: 'plain', part };
  if (ties.length > 0) {
    for (const { key, resource } of ties)
      tally.leftOut.set(`${resource.name} in ${part.name}`, `${key}: ${reasonText(answer)}`);
    return { paging, part: { ...part, ties: [] } };
  }
  if (crumbs !== undefined) return { paging, part: { ...part, crumbs: undefined } };
  return undefined;
}
