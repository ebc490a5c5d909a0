import { visible } from '../../objects/visible.ts';
import { always, both, type Condition } from '../../store/query.ts';
import type { Row } from '../../store/store.ts';
import type { Caller } from '../03-authentication/caller.ts';
import type { Order } from '../06-parameters/conditions.ts';
import type { Entry, Selection } from '../06-parameters/fields.ts';
import type { Page } from '../06-parameters/page.ts';
import { columnsFor } from '../07-permission/columns.ts';
import type { Readable } from '../world.ts';
import { loadBreadcrumbs } from './breadcrumbs.ts';
import type { Loaded } from './outcome.ts';

const byId: Order = Object.freeze({ by: { column: 'id' }, descending: false });
const byIdDown: Order = Object.freeze({ by: { column: 'id' }, descending: true });
const one: Page = Object.freeze({ limit: 1, offset: 0 });

/** The ids of the objects, in their order. */
export const idsOf = ({ rows }: Pick<Loaded, 'rows'>): number[] => rows.map(([id]) => id as number);

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
    select: columnsFor(selection, caller.person),
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
    select: columnsFor(selection, caller.person),
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
  const listed = new Map<Entry, { loaded: Loaded; byRow: ReadonlyMap<number, readonly Row[]> }>();
  let breadcrumbs: Loaded['breadcrumbs'];
  if (!selection.embeds || rows.length === 0) return { selection, rows, linked, listed, breadcrumbs };
  for (const entry of selection.entries) {
    if (entry.as === 'breadcrumbs') {
      breadcrumbs ??= await loadBreadcrumbs(from, deployment, caller, selection.resource, idsOf({ rows }));
    }
    if (entry.as === 'objects')
      listed.set(entry, await loadTied(from, deployment, caller, selection, entry, rows));
    if (entry.as !== 'object') continue;
    const ids = [...new Set(rows.map((row) => row[entry.at] as number | null).filter((id) => id !== null))];
    const loaded =
      ids.length === 0
        ? { selection: entry.selection, rows: [], linked, listed, breadcrumbs: undefined }
        : await loadThese(from, deployment, caller, entry.selection, ids);
    linked.set(entry, { loaded, byId: new Map(loaded.rows.map((row) => [row[0] as number, row])) });
  }
  return { selection, rows, linked, listed, breadcrumbs };
}

const loadThese = (
  from: Readable,
  deployment: number,
  caller: Caller,
  selection: Selection,
  ids: readonly number[],
): Promise<Loaded> =>
  loadList(from, deployment, caller, selection, { among: ids, on: { column: 'id' } }, [], {
    limit: ids.length,
    offset: 0,
  });

/** What is tied to the rows: one statement for the ties, and one for the objects at their ends. */
async function loadTied(
  from: Readable,
  deployment: number,
  caller: Caller,
  { resource }: Selection,
  { tie, selection }: Entry & { as: 'objects' },
  rows: readonly Row[],
): Promise<{ loaded: Loaded; byRow: ReadonlyMap<number, readonly Row[]> }> {
  const ties = await from.store.select(deployment, {
    table: tie.table,
    select: [{ column: tie.id }, { column: tie.link }],
    where: both(
      { test: '=', on: { column: tie.type }, value: resource.singular },
      { among: idsOf({ rows }), on: { column: tie.id } },
    ),
    order: [byId],
    limit: Number.MAX_SAFE_INTEGER,
    offset: 0,
  });
  const ids = [...new Set(ties.map(([, link]) => link as number))];
  const none = { selection, rows: [], linked: new Map(), listed: new Map(), breadcrumbs: undefined };
  const loaded = ids.length === 0 ? none : await loadThese(from, deployment, caller, selection, ids);
  const found = new Map(loaded.rows.map((row) => [row[0] as number, row]));
  const byRow = new Map<number, Row[]>();
  for (const [id, link] of ties) {
    const row = found.get(link as number);
    if (!row) continue;
    const own = byRow.get(id as number);
    if (own) own.push(row);
    else byRow.set(id as number, [row]);
  }
  return { loaded, byRow };
}
