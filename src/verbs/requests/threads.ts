import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { own, type Source, via } from '../../catalogue/source.ts';
import type { Tree } from '../../contract/answer.ts';
import { visibleTo } from '../../objects/visible.ts';
import { dateTest } from '../../request/06-parameters/date-test.ts';
import type { Ignored } from '../../request/06-parameters/ignored.ts';
import { parameterText } from '../../request/06-parameters/single.ts';
import { type Permitted, reads } from '../../request/07-permission/permit.ts';
import { numbers, ownFilters, truth } from '../../request/08-operation/own-filters.ts';
import { readVerb } from '../../request/08-operation/verb.ts';
import type { World } from '../../request/world.ts';
import { expressionOf } from '../../store/expression.ts';
import { both, type Condition, type Expression } from '../../store/query.ts';
import { ascending, type NamedRow, selectRows } from '../../store/select-named.ts';

const filterNames = [
  'standing',
  'request_type_id',
  'interact_from_staff',
  'date_created_after',
  'date_created_before',
  'request_is_claimed',
  'show_inactive_type',
  'order_by_date_created',
  'order_by_desc_latest_external_interaction',
] as const;

/** What is read of each request. */
const sources = {
  id: own('id'),
  thread: own('thread_id'),
  title: own('title'),
  body: own('body'),
  standing: own('standing'),
  created: own('date_created'),
  activities: own('activities'),
  lastResponded: own('last_responded'),
  lastExternal: own('last_external'),
  claimer: own('claimer'),
  type: own('type'),
  affiliation: own('affiliation'),
  contact: via('affiliation', 'contact'),
  company: via('affiliation', 'company'),
} as const;

type RequestRow = NamedRow<keyof typeof sources>;

const selectOf = <Name extends string>(
  { catalogue }: World,
  resource: Resource,
  from: Readonly<Record<Name, Source>>,
): Readonly<Record<Name, Expression>> => {
  const select = {} as Record<Name, Expression>;
  for (const name of Object.keys(from) as Name[])
    select[name] = expressionOf(catalogue, resource, from[name]);
  return select;
};

/** `GET /requests/types`: `{request_types: [{id, title, status, unresolved_count, subscribed}]}`, the last for the current user. Not paged. */
export const requestTypes = readVerb({
  run: async (request, world) => ({
    as: 'tree',
    tree: { request_types: await typesWithCounts(request, world) },
  }),
});

/**
 * `GET /requests/threads`: `{requests: [{…, senders, claimer, type, affiliation}], linked_objects: [{type, id, title}]}`, and
 * `unresponded_counts` on request. Requests of inactive types are left out unless a filter wants them; `linked_objects` has only objects that
 * the caller may read. Refuses `parameter.invalid`.
 */
export const requestThreads = readVerb({
  run: async (request, world) => {
    const { deployment, parameters, page, route } = request;
    const { where, order, ignored } = narrowed(request, world);
    const rows = await selectRows(world.store, deployment.id, {
      table: route.owner.name,
      select: selectOf(world, route.owner, sources),
      where,
      order: [...order, ascending('id')],
      ...page,
    });
    const senders = await sendersOf(request, world, rows);
    const flag = 'include_unresponded_counts';
    const sent = parameterText(parameters, flag) ?? parameterText(parameters, `_${flag}`);
    const counts = truth(flag, sent === undefined ? undefined : [sent]);
    return {
      as: 'tree',
      ignored,
      tree: {
        requests: rows.map((row) => threadOf(row, senders.get(Number(row.thread)) ?? [])),
        linked_objects: await linkedObjects(request, world, rows, [...senders.values()].flat()),
        ...(counts ? { unresponded_counts: await typesWithCounts(request, world) } : {}),
      },
    };
  },
});

interface Linked {
  readonly type: string;
  readonly id: number;
}

const at = (type: string, id: Stored): Linked | null => (id === null ? null : { type, id: Number(id) });

function threadOf(row: RequestRow, senders: readonly Linked[]): Tree {
  const affiliation = at('affiliation', row.affiliation);
  return {
    id: Number(row.id),
    thread_id: row.thread,
    title: row.title,
    body: row.body,
    standing: row.standing,
    number_of_activities: row.activities ?? 0,
    date_created: row.created === null ? null : String(row.created),
    date_last_responded: row.lastResponded,
    date_last_external_interaction: row.lastExternal,
    // The sample has it under this name.
    date_latest_external_interaction: row.lastExternal,
    claimer: tree(at('staff', row.claimer)),
    type: tree(at('request_type', row.type)),
    senders: senders.map(tree),
    affiliation: affiliation && {
      ...affiliation,
      contact: tree(at('contact', row.contact)),
      company: tree(at('company', row.company)),
    },
  };
}

const tree = (linked: Linked | null): Tree => linked && { type: linked.type, id: linked.id };

function narrowed(
  request: Permitted,
  world: World,
): {
  where: Condition;
  order: { by: Expression; descending: boolean }[];
  ignored: Ignored;
} {
  const { owner } = request.route;
  const { given, ignored } = ownFilters(request, world, 'request threads', filterNames);
  const conditions: Condition[] = [];
  const standing = given.get('standing');
  if (standing) conditions.push({ among: standing, on: { column: 'standing' } });
  const types = given.get('request_type_id');
  if (types) conditions.push({ among: numbers('request_type_id', types), on: { column: 'type_id' } });
  const staff = given.get('interact_from_staff');
  if (staff) conditions.push(interacted(request, world, numbers('interact_from_staff', staff)));
  for (const [name, test] of [
    ['date_created_after', '>'],
    ['date_created_before', '<'],
  ] as const) {
    const [value] = numbers(name, given.get(name) ?? []);
    if (value !== undefined) conditions.push(dateTest({ column: 'date_created' }, test, value));
  }
  const claimed = truth('request_is_claimed', given.get('request_is_claimed'));
  const unclaimed: Condition = { empty: { column: 'claimer_id' } };
  if (claimed !== undefined) conditions.push(claimed ? { not: unclaimed } : unclaimed);
  if (!truth('show_inactive_type', given.get('show_inactive_type'))) {
    const on = expressionOf(world.catalogue, owner, via('type', 'standing'));
    conditions.push({ not: { test: '=', on, value: 'inactive' } });
  }
  const order = [];
  for (const [name, field, descending] of [
    ['order_by_date_created', 'date_created', false],
    ['order_by_desc_latest_external_interaction', 'last_external', true],
  ] as const)
    if (truth(name, given.get(name)))
      order.push({ by: expressionOf(world.catalogue, owner, own(field)), descending });
  return { where: both(...conditions), order, ignored };
}

/** A column of an interaction's activity. */
const ofActivity = (column: string): Expression => ({
  through: 'activity_id',
  table: 'activities',
  expression: { column },
});

/** The interactions of activities that the caller may see. */
const seenBy = ({ caller }: Permitted, { catalogue }: World): Condition =>
  visibleTo(resourceNamed(catalogue, 'activities'), caller.person.id, ofActivity);

/** Requests in whose threads one of these members of staff took part, as far as the caller may see it. */
const interacted = (request: Permitted, world: World, staff: readonly number[]): Condition => ({
  column: 'thread_id',
  foundIn: 'activity_interacts',
  by: ofActivity('thread_id'),
  where: both(
    { test: '=', on: { column: 'owner_type' }, value: 'staff' },
    { among: staff, on: { column: 'owner_id' } },
    seenBy(request, world),
  ),
});

/** Who wrote the first activity of each thread. */
async function sendersOf(
  request: Permitted,
  world: World,
  rows: readonly RequestRow[],
): Promise<ReadonlyMap<number, readonly Linked[]>> {
  const threads = rows.flatMap(({ thread }) => (thread === null ? [] : [thread as number]));
  const found = await selectRows(world.store, request.deployment.id, {
    table: 'activity_interacts',
    select: {
      activity: { column: 'activity_id' },
      type: { column: 'owner_type' },
      id: { column: 'owner_id' },
    },
    where: both(
      { among: threads, on: { column: 'activity_id' } },
      { among: ['creator', 'from'], on: { column: 'type' } },
      seenBy(request, world),
    ),
    order: [ascending('id')],
  });
  const senders = new Map<number, Linked[]>();
  for (const { activity, type, id } of found) {
    const sender = type === null ? null : at(String(type), id);
    if (!sender) continue;
    const own = senders.get(activity as number) ?? [];
    if (!own.some((each) => each.type === sender.type && each.id === sender.id)) own.push(sender);
    senders.set(activity as number, own);
  }
  return senders;
}

/** The objects that the requests link to, each once, of kinds that the caller may read: one statement a kind. */
async function linkedObjects(
  { deployment, caller }: Permitted,
  world: World,
  rows: readonly RequestRow[],
  senders: readonly Linked[],
): Promise<Tree> {
  const links = [
    ...rows.flatMap((row) =>
      [
        at('staff', row.claimer),
        at('request_type', row.type),
        at('affiliation', row.affiliation),
        at('contact', row.contact),
        at('company', row.company),
      ].flatMap((each) => each ?? []),
    ),
    ...senders,
  ];
  const out: Tree[] = [];
  for (const [singular, group] of Map.groupBy(links, ({ type }) => type)) {
    const plural = world.catalogue.bySingular.get(singular)?.name ?? '';
    const resource = resourceNamed(world.catalogue, plural);
    if (!reads(caller, resource)) continue;
    const ids = [...new Set(group.map(({ id }) => id))];
    const found = await selectRows(world.store, deployment.id, {
      table: resource.name,
      select: selectOf(world, resource, { id: own('id'), title: resource.titled }),
      where: { among: ids, on: { column: 'id' } },
      order: [ascending('id')],
    });
    out.push(...found.map(({ id, title }) => ({ type: singular, id: Number(id), title })));
  }
  return out;
}

/** The types, how many requests of each are unresolved, and whether the caller subscribed to them. */
async function typesWithCounts({ deployment, caller }: Permitted, world: World): Promise<Tree> {
  const types = resourceNamed(world.catalogue, 'request_types');
  const [rows, subscriptions] = await Promise.all([
    selectRows(world.store, deployment.id, {
      table: types.name,
      select: selectOf(world, types, {
        id: own('id'),
        title: own('title'),
        status: own('standing'),
        unresolved: own('unresolved'),
      }),
      order: [ascending('id')],
    }),
    world.store.list(deployment.id, {
      table: 'request_subscriptions',
      columns: ['request_type_id'],
      where: { staff_id: caller.person.id },
      limit: Number.MAX_SAFE_INTEGER,
    }),
  ]);
  const subscribed = new Set(subscriptions.map(({ request_type_id }) => request_type_id));
  return rows.map(({ id, title, status, unresolved }) => ({
    id: String(id),
    title,
    status,
    unresolved_count: String(unresolved ?? 0),
    subscribed: Number(subscribed.has(id)),
  }));
}
