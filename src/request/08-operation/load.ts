import { always, both, type Condition } from '../../store/query.ts';
import type { Row } from '../../store/store.ts';
import type { Caller } from '../03-authentication/caller.ts';
import type { Entry, Selection } from '../06-parameters/fields.ts';
import type { Order } from '../06-parameters/filters.ts';
import type { Page } from '../06-parameters/page.ts';
import { columnsFor, visible } from '../07-permission/visible.ts';
import type { Readable } from '../world.ts';
import { loadBreadcrumbs } from './breadcrumbs.ts';
import type { Loaded } from './outcome.ts';

const byId: Order = Object.freeze({ by: { column: 'id' }, descending: false });
const byIdDown: Order = Object.freeze({ by: { column: 'id' }, descending: true });
const one: Page = Object.freeze({ limit: 1, offset: 0 });

/** The rows of a list, as the caller may see them, with everything that `_fields` embeds: one statement a level, never one a row. */
export async function loadList(
  from: Readable,
  deployment: number,
  caller: Caller,
  selection: Selection,
  where: Condition,
  order: readonly Order[],
  page: Page,
): Promise<Loaded> {
  const { resource } = selection;
  // Ties by id, in the direction of the last order, so that one index serves both.
  const tie = order.at(-1)?.descending ? byIdDown : byId;
  const rows = await from.store.select(deployment, {
    table: resource.name,
    select: columnsFor(selection, caller.person.id),
    where: both(where, visible(resource, caller.person.id)),
    order: order.some(({ by }) => 'column' in by && by.column === 'id') ? order : [...order, tie],
    ...page,
  });
  return embed(from, deployment, caller, selection, rows);
}

/** One object by its id, `undefined` when it does not exist or may not be seen. */
export async function loadObject(
  from: Readable,
  deployment: number,
  caller: Caller,
  selection: Selection,
  id: number,
  where: Condition = always,
): Promise<Loaded | undefined> {
  const { resource } = selection;
  const rows = await from.store.select(deployment, {
    table: resource.name,
    select: columnsFor(selection, caller.person.id),
    where: both({ test: '=', on: { column: 'id' }, value: id }, where, visible(resource, caller.person.id)),
    order: [],
    ...one,
  });
  return rows.length === 0 ? undefined : embed(from, deployment, caller, selection, rows);
}

async function embed(
  from: Readable,
  deployment: number,
  caller: Caller,
  selection: Selection,
  rows: readonly Row[],
): Promise<Loaded> {
  const linked = new Map<Entry, { loaded: Loaded; byId: ReadonlyMap<number, Row> }>();
  let breadcrumbs: Loaded['breadcrumbs'];
  if (!selection.embeds || rows.length === 0) return { selection, rows, linked, breadcrumbs };
  for (const entry of selection.entries) {
    if (entry.as === 'breadcrumbs') {
      breadcrumbs = await loadBreadcrumbs(
        from,
        deployment,
        caller,
        selection.resource,
        rows.map(([id]) => id as number),
      );
    }
    if (entry.as !== 'object') continue;
    const ids = [...new Set(rows.map((row) => row[entry.at] as number | null).filter((id) => id !== null))];
    const loaded =
      ids.length === 0
        ? { selection: entry.selection, rows: [], linked: new Map(), breadcrumbs: undefined }
        : await loadList(
            from,
            deployment,
            caller,
            entry.selection,
            { among: ids, on: { column: 'id' } },
            [],
            { limit: ids.length, offset: 0 },
          );
    linked.set(entry, { loaded, byId: new Map(loaded.rows.map((row) => [row[0] as number, row])) });
  }
  return { selection, rows, linked, breadcrumbs };
}
