import { refuse } from '../../contract/refuse.ts';
import { missing } from '../../objects/missing.ts';
import { findSeen } from '../../objects/seen.ts';
import { visible } from '../../objects/visible.ts';
import { dateTest } from '../../request/06-parameters/date-test.ts';
import type { Ignored } from '../../request/06-parameters/ignored.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import { idsOf, loadList } from '../../request/08-operation/load.ts';
import type { Loaded } from '../../request/08-operation/outcome.ts';
import { numbers, type OwnFilters, ownFilters } from '../../request/08-operation/own-filters.ts';
import { readVerb } from '../../request/08-operation/verb.ts';
import { viewerOf } from '../../request/08-operation/viewer.ts';
import type { World } from '../../request/world.ts';
import {
  always,
  both,
  type Condition,
  type Expression,
  never,
  type Query,
  type TiedRows,
} from '../../store/query.ts';
import { ascending, columnsNamed, selectRows } from '../../store/select-named.ts';

/** `GET /activities/threads`: `{threads: [{id, event_text, activities: [the latest], total_activities}]}`. */
export const activityThreads = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, selection, page } = asked;
    const { query, ignored } = threadsQuery(asked, world);
    const threads = await selectRows(world.store, deployment.id, {
      ...query,
      select: columnsNamed('id', 'medium'),
      order: [ascending('id')],
      ...page,
    });
    const members = await membersOf(
      asked,
      world,
      threads.map(({ id }) => id as number),
    );
    const latest = [...members.values()].map((thread) => thread.latest);
    const loaded = await loadList(
      world,
      deployment.id,
      caller,
      selection,
      { among: latest, on: { column: 'id' } },
      [],
      { limit: Math.max(1, latest.length), offset: 0 },
    );
    const shown = threads.map(({ id, medium }) => ({
      id: id as number,
      event: eventText(String(medium)),
      total: members.get(id as number)?.total ?? 0,
      show: [members.get(id as number)?.latest ?? []].flat(),
    }));
    return { as: 'threads', loaded, threads: shown, ignored };
  },
});

export const countActivityThreads = readVerb({
  run: async (asked, world) => {
    const { query, ignored } = threadsQuery(asked, world);
    const count = await world.store.count(asked.deployment.id, {
      ...query,
      select: 'count',
      order: [],
      limit: 0,
      offset: 0,
    });
    return { as: 'count', count, ignored };
  },
});

/** `GET /activities/threads/{id}`: `{thread: {…, activities: […]}}`, the latest first. */
export const activityThread = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, selection, where, order, page, route } = asked;
    const [id = 0] = asked.ids;
    const first =
      (await findSeen(viewerOf(asked, world), route.owner, id, ['medium'])) ?? missing(route.owner, id);
    const inThread: Condition = { test: '=', on: { column: 'thread_id' }, value: id };
    const usual = [{ by: { column: 'id' }, descending: true }];
    const loaded: Loaded = await loadList(
      world,
      deployment.id,
      caller,
      selection,
      both(inThread, where),
      order.length > 0 ? order : usual,
      page,
    );
    const total = (await membersOf(asked, world, [id])).get(id)?.total ?? 0;
    return {
      as: 'threads',
      loaded,
      single: true,
      threads: [
        {
          id,
          event: eventText(String(first.medium)),
          total,
          show: idsOf(loaded),
        },
      ],
    };
  },
});

interface Members {
  readonly total: number;
  /** Its id. */
  readonly latest: number;
}

/** Of each thread, by the id of its first activity: what the caller may see of it. */
async function membersOf(
  { deployment, caller, route: { owner } }: Permitted,
  world: World,
  threads: readonly number[],
): Promise<ReadonlyMap<number, Members>> {
  const tied: TiedRows = { table: owner.name, index: undefined, on: [{ column: 'thread_id', same: 'id' }] };
  const where = visible(owner, caller.person.id);
  const rows = await selectRows(world.store, deployment.id, {
    table: owner.name,
    select: {
      id: { column: 'id' },
      total: { counted: tied, where },
      latest: { highest: tied, expression: { column: 'id' }, where },
    },
    where: { among: threads, on: { column: 'id' } },
  });
  return new Map(
    rows.flatMap(({ id, total, latest }) =>
      latest === null ? [] : [[id as number, { total: total as number, latest: latest as number }] as const],
    ),
  );
}

const events: Readonly<Record<string, string>> = {
  note: 'created a note',
  email: 'sent an email',
  meeting: 'scheduled a meeting',
  call: 'made a call',
  postal: 'sent a package',
  report: 'wrote a report',
};

const eventText = (medium: string): string => events[medium] ?? `created a ${medium.replaceAll('_', ' ')}`;

/** Threads are named by their first activity: one that has no parent. */
function threadsQuery(
  asked: Permitted,
  world: World,
): { readonly query: Pick<Query, 'table' | 'where'>; readonly ignored: Ignored } {
  const { route, caller } = asked;
  const { given, ignored } = ownFilters(asked, world, 'threads', known);
  const first: Condition = { test: '=', on: { column: 'parent_id' }, value: 0 };
  const where = both(first, visible(route.owner, caller.person.id), ...narrowed(asked, given));
  return { query: { table: route.owner.name, where }, ignored };
}

/** The filters of threads, as `_filters` or as parameters of their own. Refuses `parameter.missing`, `parameter.invalid`. */
function narrowed(asked: Permitted, given: OwnFilters['given']): readonly Condition[] {
  const { owner } = asked.route;
  const type = given.get('against_type');
  const id = given.get('against_id');
  if (type && !id) refuse('parameter.missing', { field: 'against_id' });
  if (id && !type) refuse('parameter.missing', { field: 'against_type' });
  const conditions: Condition[] = [];
  if (type && id) {
    conditions.push(
      { among: type, on: { column: 'against_type' } },
      { among: numbers('against_id', id), on: { column: 'against_id' } },
    );
  }
  const staff = given.get('staff_involved');
  if (staff)
    conditions.push(
      threadsWith(
        asked,
        both(
          { test: '=', on: { column: 'owner_type' }, value: 'staff' },
          { among: numbers('staff_involved', staff), on: { column: 'owner_id' } },
        ),
      ),
    );
  const [scope] = given.get('scope') ?? [];
  if (scope !== undefined) {
    const external = threadsWith(asked, {
      test: '=',
      on: { column: 'owner_type' },
      value: 'affiliation',
    });
    const scopes = new Map<string, Condition>([
      ['external', external],
      ['internal', { not: external }],
    ]);
    conditions.push(scopes.get(scope) ?? never);
  }
  for (const [name, test] of [
    ['date_logged_after', '>'],
    ['date_logged_before', '<'],
  ] as const) {
    const [value] = numbers(name, given.get(name) ?? []);
    if (value !== undefined)
      conditions.push({
        column: 'id',
        foundIn: owner.name,
        by: { column: 'thread_id' },
        where: both(dateTest({ column: 'date_logged' }, test, value), visible(owner, asked.caller.person.id)),
      });
  }
  return conditions.length === 0 ? [always] : conditions;
}

const known = [
  'against_type',
  'against_id',
  'staff_involved',
  'scope',
  'date_logged_after',
  'date_logged_before',
] as const;

/** Threads in which an interaction of some kind took place, as far as the caller may see it. */
const threadsWith = ({ caller, route: { owner } }: Permitted, where: Condition): Condition => {
  const reach = (column: string): Expression => ({
    through: 'activity_id',
    table: owner.name,
    expression: { column },
  });
  return {
    column: 'id',
    foundIn: 'activity_interacts',
    by: reach('thread_id'),
    where: both(where, visible(owner, caller.person.id, reach)),
  };
};
