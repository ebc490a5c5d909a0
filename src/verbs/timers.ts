import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { sumOf } from '../objects/arithmetic.ts';
import { missing } from '../objects/missing.ts';
import { visible } from '../objects/visible.ts';
import { insertObject, updateObject } from '../objects/write.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { idsOf, loadList, loadObject } from '../request/08-operation/load.ts';
import type { Loaded, Outcome } from '../request/08-operation/outcome.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import type { Readable } from '../request/world.ts';
import { expressionOf } from '../store/expression.ts';
import { both } from '../store/query.ts';
import { columnsNamed, type NamedRow, selectRows } from '../store/select-named.ts';
import type { Row } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';

const name = 'timers';

const list = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, selection, where, order, page } = asked;
    const loaded = await loadList(world, deployment.id, caller, selection, where, order, page);
    return { as: 'list', loaded: await withCurrent(asked, world, world.clock(deployment.id), loaded) };
  },
});

const read = readVerb({
  run: (asked, world) => timerOf(asked, world, world.clock(asked.deployment.id), asked.ids[0] ?? 0),
});

/** `POST /timers`. One that starts at once "will stop any current timers". */
const create = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const written = parseValues(asked.parameters, owner, owner.create);
    const id = await insertObject(context, owner, written);
    if (written.values.auto_start === 1) await startTimer(context, id);
    return timerOf(asked, context, context.now, id);
  },
});

/** `PUT /timers/{id}`. Refuses `parameter.invalid` for the seconds of a timer that runs. */
const update = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const { status } = await ownTimer(context, asked, id);
    const written = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    if (written.values.seconds !== undefined && status === 'running')
      refuse('parameter.invalid', { field: 'seconds', detail: 'only a stopped timer can be set' });
    await updateObject(context, owner, id, written);
    return timerOf(asked, context, context.now, id);
  },
});

/** Refuses `parameter.invalid` for a timer that runs already. */
const start = writeVerb({
  run: async (asked, context) => {
    const [id = 0] = asked.ids;
    const { status } = await ownTimer(context, asked, id);
    if (status === 'running')
      refuse('parameter.invalid', {
        field: 'timer_id',
        detail: 'a stopped timer is wanted: this one runs already',
      });
    await startTimer(context, id);
    return timerOf(asked, context, context.now, id);
  },
});

/** Refuses `parameter.invalid` for a timer that does not run. */
const pause = writeVerb({
  run: async (asked, context) => {
    const [id = 0] = asked.ids;
    const { status } = await ownTimer(context, asked, id);
    if (status !== 'running')
      refuse('parameter.invalid', {
        field: 'timer_id',
        detail: 'a running timer is wanted: this one is stopped',
      });
    await stopTimers(context, { id });
    return timerOf(asked, context, context.now, id);
  },
});

async function ownTimer(
  context: WriteContext,
  { route }: Permitted,
  id: number,
): Promise<{ readonly status: unknown }> {
  const where = { id, owner_type: 'staff', owner_id: context.staffId };
  const row = await context.store.find(context.deployment, name, ['status'], where);
  return row ? { status: row.status } : missing(route.owner, id);
}

/** One timer of a person runs at a time. */
async function startTimer(context: WriteContext, id: number): Promise<void> {
  await context.store.claim(context.deployment, 'staff', { id: context.staffId });
  await stopTimers(context, {});
  await context.store.update(
    context.deployment,
    name,
    { id },
    { status: 'running', date_started: context.now },
  );
}

async function stopTimers(context: WriteContext, which: { readonly id?: number }): Promise<void> {
  const { store, deployment, staffId, now } = context;
  const where = { ...which, owner_type: 'staff', owner_id: staffId, status: 'running' };
  for (const row of await store.list(deployment, {
    table: name,
    columns: ['id', 'seconds', 'date_started'],
    where,
    limit: 1_000,
  })) {
    const { id = null, seconds, date_started = null } = row;
    // Only as it was read: somebody else may have stopped it meanwhile, and time counts once.
    await store.update(
      deployment,
      name,
      { id, status: 'running', date_started },
      { status: 'stopped', seconds: secondsAt(now, seconds, date_started), date_started: null },
    );
  }
}

/** What a timer that runs has counted: what was kept at its last stop, and what has passed since its start. */
const secondsAt = (now: number, kept: Stored | undefined, started: Stored | undefined): number =>
  sumOf(Number(kept ?? 0), Math.max(0, sumOf(now, -Number(started ?? now))));

async function timerOf(asked: Permitted, from: Readable, now: number, id: number): Promise<Outcome> {
  const loaded = await loadObject(from, asked.deployment.id, asked.caller, asked.selection, id);
  return loaded
    ? { as: 'object', loaded: await withCurrent(asked, from, now, loaded) }
    : missing(asked.route.owner, id);
}

/** With the seconds of running timers up to now, and the titles of what they are against: one statement, and one for each kind of object. */
async function withCurrent(asked: Permitted, from: Readable, now: number, loaded: Loaded): Promise<Loaded> {
  const at = (field: string): number | undefined => {
    const entry = loaded.selection.entries.find((each) => each.as === 'value' && each.name === field);
    return entry?.as === 'value' ? entry.at : undefined;
  };
  const [seconds, title] = [at('seconds'), at('against_title')];
  if (loaded.rows.length === 0 || (seconds === undefined && title === undefined)) return loaded;
  const states = await selectRows(from.store, asked.deployment.id, {
    table: name,
    select: columnsNamed('id', 'seconds', 'status', 'date_started', 'against_type', 'against_id'),
    where: { among: idsOf(loaded), on: { column: 'id' } },
  });
  const titles = title === undefined ? new Map<string, string>() : await titlesOf(asked, from, states);
  const byId = new Map(states.map((state) => [state.id, state]));
  const rows = loaded.rows.map((row): Row => {
    const [id = null] = row;
    const state = byId.get(id);
    const shown = [...row];
    if (seconds !== undefined && state?.status === 'running')
      shown[seconds] = secondsAt(now, state.seconds, state.date_started);
    if (title !== undefined) shown[title] = titles.get(`${state?.against_type} ${state?.against_id}`) ?? null;
    return shown;
  });
  return { ...loaded, rows };
}

async function titlesOf(
  { deployment, caller }: Permitted,
  { catalogue, store }: Readable,
  states: readonly NamedRow<'against_type' | 'against_id'>[],
): Promise<ReadonlyMap<string, string>> {
  const titles = new Map<string, string>();
  for (const [type, those] of Map.groupBy(states, ({ against_type }) => String(against_type))) {
    const kind = catalogue.bySingular.get(type);
    const ids = [
      ...new Set(those.map(({ against_id }) => against_id).filter((id) => typeof id === 'number')),
    ];
    if (!kind || ids.length === 0 || !caller.scope.allows('read', kind.scope)) continue;
    const rows = await selectRows(store, deployment.id, {
      table: kind.name,
      select: { id: { column: 'id' }, title: expressionOf(catalogue, kind, kind.titled) },
      where: both({ among: ids, on: { column: 'id' } }, visible(kind, caller.person.id)),
    });
    for (const { id, title } of rows) titles.set(`${type} ${id}`, String(title ?? ''));
  }
  return titles;
}

export default { create, list, pause, read, start, update };
