import { refuse } from '../../../contract/refuse.ts';
import { always, both, type Condition, type Query } from '../../../store/query.ts';
import type { Permitted } from '../../07-permission/permit.ts';
import { visible } from '../../07-permission/visible.ts';
import type { World } from '../../world.ts';
import { loadList } from '../load.ts';
import type { Loaded } from '../outcome.ts';
import { numbers, ownFilters } from '../own-filters.ts';
import { missing } from '../write.ts';
import type { ReadAction } from './action.ts';

const most = 10_000;

/** `GET /activities/threads`: `{threads: [{id, event_text, activities: [the latest], total_activities}]}`. */
export const activitiesThreads: ReadAction = {
  kind: 'read',
  run: async (asked, world) => {
    const { deployment, caller, selection, page } = asked;
    const threads = await world.store.select(deployment.id, await threadsQuery(asked, world, page));
    const ids = threads.map(([id]) => id as number);
    const members = await membersOf(asked, world, ids);
    const latest = ids.flatMap((id) => members.get(id)?.[0] ?? []);
    const loaded = await loadList(
      world,
      deployment.id,
      caller,
      selection,
      { among: latest, on: { column: 'id' } },
      [],
      { limit: Math.max(1, latest.length), offset: 0 },
    );
    const shown = threads.map(([id, medium]) => ({
      id: id as number,
      event: eventText(String(medium)),
      members: members.get(id as number) ?? [],
      show: members.get(id as number)?.slice(0, 1) ?? [],
    }));
    return { as: 'threads', loaded, threads: shown };
  },
};

export const activitiesCountThreads: ReadAction = {
  kind: 'read',
  run: async (asked, world) => {
    const query = await threadsQuery(asked, world, { limit: 0, offset: 0 });
    return {
      as: 'count',
      count: await world.store.count(asked.deployment.id, { ...query, select: 'count', order: [] }),
    };
  },
};

/** `GET /activities/threads/{id}`: `{thread: {…, activities: […]}}`, the latest first. */
export const activitiesThread: ReadAction = {
  kind: 'read',
  run: async (asked, world) => {
    const { deployment, caller, selection, where, order, page, route } = asked;
    const [id = 0] = asked.ids;
    const [first] = await world.store.select(deployment.id, {
      table: route.owner.name,
      select: [{ column: 'id' }, { column: 'medium' }],
      where: both({ test: '=', on: { column: 'id' }, value: id }, visible(route.owner, caller.person.id)),
      order: [],
      limit: 1,
      offset: 0,
    });
    if (!first) missing(route.owner, id);
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
    const members = (await membersOf(asked, world, [id])).get(id) ?? [];
    return {
      as: 'threads',
      loaded,
      single: true,
      threads: [
        { id, event: eventText(String(first[1])), members, show: loaded.rows.map((row) => row[0] as number) },
      ],
    };
  },
};

/** The ids of each thread's activities that the caller may see, the latest first. */
async function membersOf(
  { deployment, caller, route }: Permitted,
  world: World,
  threads: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await world.store.select(deployment.id, {
    table: route.owner.name,
    select: [{ column: 'thread_id' }, { column: 'id' }],
    where: both({ among: threads, on: { column: 'thread_id' } }, visible(route.owner, caller.person.id)),
    order: [{ by: { column: 'id' }, descending: true }],
    limit: most,
    offset: 0,
  });
  const members = new Map<number, number[]>();
  for (const [thread, id] of rows) {
    const known = members.get(thread as number);
    if (known) known.push(id as number);
    else members.set(thread as number, [id as number]);
  }
  return members;
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
async function threadsQuery(
  asked: Permitted,
  world: World,
  page: { readonly limit: number; readonly offset: number },
): Promise<Query> {
  const { route, caller } = asked;
  const first: Condition = { test: '=', on: { column: 'parent_id' }, value: 0 };
  return {
    table: route.owner.name,
    select: [{ column: 'id' }, { column: 'medium' }],
    where: both(first, visible(route.owner, caller.person.id), ...(await narrowed(asked, world))),
    order: [{ by: { column: 'id' }, descending: false }],
    ...page,
  };
}

/** The filters of threads, as `_filters` or as parameters of their own. Refuses `parameter.missing`, `parameter.invalid`. */
async function narrowed(asked: Permitted, world: World): Promise<readonly Condition[]> {
  const given = ownFilters(asked, 'threads', known);
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
      await threadsOf(
        asked,
        world,
        both(
          { test: '=', on: { column: 'owner_type' }, value: 'staff' },
          { among: numbers('staff_involved', staff), on: { column: 'owner_id' } },
        ),
      ),
    );
  const [scope] = given.get('scope') ?? [];
  if (scope !== undefined) {
    if (scope !== 'internal' && scope !== 'external')
      refuse('parameter.invalid', { field: 'scope', detail: 'internal or external is wanted' });
    const external = await threadsOf(asked, world, {
      test: '=',
      on: { column: 'owner_type' },
      value: 'affiliation',
    });
    conditions.push(scope === 'external' ? external : { not: external });
  }
  for (const [name, test] of [
    ['date_logged_after', '>'],
    ['date_logged_before', '<'],
  ] as const) {
    const [value] = numbers(name, given.get(name) ?? []);
    if (value !== undefined)
      conditions.push({
        test,
        on: { having: 'activities', by: 'thread_id', expression: { column: 'date_logged' } },
        value,
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

/** Threads in which an interaction of some kind took place. */
async function threadsOf({ deployment }: Permitted, world: World, where: Condition): Promise<Condition> {
  const rows = await world.store.select(deployment.id, {
    table: 'activity_interacts',
    select: [{ through: 'activity_id', table: 'activities', expression: { column: 'thread_id' } }],
    distinct: true,
    where,
    order: [],
    limit: most,
    offset: 0,
  });
  return { among: rows.flatMap(([id]) => (id == null ? [] : [id as number])), on: { column: 'id' } };
}
