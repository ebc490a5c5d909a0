import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { own, type Source, via } from '../../catalogue/source.ts';
import type { Tree } from '../../contract/answer.ts';
import { visible } from '../../objects/visible.ts';
import { dateTest } from '../../request/06-parameters/date-test.ts';
import type { Ignored } from '../../request/06-parameters/ignored.ts';
import { textOf } from '../../request/06-parameters/single.ts';
import { type Permitted, reads } from '../../request/07-permission/permit.ts';
import { numbers, ownFilters, truth } from '../../request/08-operation/own-filters.ts';
import { readVerb } from '../../request/08-operation/verb.ts';
import type { World } from '../../request/world.ts';
import { expressionOf } from '../../store/expression.ts';
import { both, type Condition, type Expression } from '../../store/query.ts';
import { ascending, type NamedRow, selectRows } from '../../store/select-named.ts';

const known = [
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
  run: async (asked, world) => ({ as: 'tree', tree: { request_types: await typesWithCounts(asked, world) } }),
});

/**
 * `GET /requests/threads`: `{requests: [{…, senders, claimer, type, affiliation}], linked_objects: [{type, id, title}]}`, and, if they are
 * asked for, `unresponded_counts`. Requests of inactive types are left out unless they are asked for; objects that the caller may not read are
 * not among the linked ones. Refuses `parameter.invalid`.
 */
export const requestThreads = readVerb({
  run: async (asked, world) => {
    const { deployment, parameters, page, route } = asked;
    const { where, order, ignored } = narrowed(asked, world);
    const rows = await selectRows(world.store, deployment.id, {
      table: route.owner.name,
      select: selectOf(world, route.owner, sources),
      where,
      order: [...order, ascending('id')],
      ...page,
    });
    const senders = await sendersOf(asked, world, rows);
    const flag = 'include_unresponded_counts';
    const sent = textOf(parameters, flag) ?? textOf(parameters, `_${flag}`);
    const counts = truth(flag, sent === undefined ? undefined : [sent]);
    return {
      as: 'tree',
      ignored,
      tree: {
        requests: rows.map((row) => threadOf(row, senders.get(Number(row.thread)) ?? [])),
        linked_objects: await linkedObjects(asked, world, rows, [...senders.values()].flat()),
        ...(counts ? { unresponded_counts: await typesWithCounts(asked, world) } : {}),
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
  asked: Permitted,
  world: World,
): {
  where: Condition;
  order: { by: Expression; descending: boolean }[];
  ignored: Ignored;
} {
  const { owner } = asked.route;
  const { given, ignored } = ownFilters(asked, world, 'request threads', known);
  const conditions: Condition[] = [];
  const standing = given.get('standing');
  if (standing) conditions.push({ among: standing, on: { column: 'standing' } });
  const types = given.get('request_type_id');
  if (types) conditions.push({ among: numbers('request_type_id', types), on: { column: 'type_id' } });
  const staff = given.get('interact_from_staff');
  if (staff) conditions.push(interacted(asked, world, numbers('interact_from_staff', staff)));
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

/** Of the activity of an interaction. */
const ofActivity = (column: string): Expression => ({
  through: 'activity_id',
  table: 'activities',
  expression: { column },
});

/** The interactions of activities that the caller may see. */
const seenBy = ({ caller }: Permitted, { catalogue }: World): Condition =>
  visible(resourceNamed(catalogue, 'activities'), caller.person.id, ofActivity);

/** Requests in whose threads one of these members of staff took part, as far as the caller may see it. */
const interacted = (asked: Permitted, world: World, staff: readonly number[]): Condition => ({
  column: 'thread_id',
  foundIn: 'activity_interacts',
  by: ofActivity('thread_id'),
  where: both(
    { test: '=', on: { column: 'owner_type' }, value: 'staff' },
    { among: staff, on: { column: 'owner_id' } },
    seenBy(asked, world),
  ),
});

/** Who wrote the first activity of each thread. */
async function sendersOf(
  asked: Permitted,
  world: World,
  rows: readonly RequestRow[],
): Promise<ReadonlyMap<number, readonly Linked[]>> {
  const threads = rows.flatMap(({ thread }) => (thread === null ? [] : [thread as number]));
  const found = await selectRows(world.store, asked.deployment.id, {
    table: 'activity_interacts',
    select: {
      activity: { column: 'activity_id' },
      type: { column: 'owner_type' },
      id: { column: 'owner_id' },
    },
    where: both(
      { among: threads, on: { column: 'activity_id' } },
      { among: ['creator', 'from'], on: { column: 'type' } },
      seenBy(asked, world),
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

/** What the requests lead to, each once: one statement a kind, of kinds that the caller may read. */
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

/** The types, how many requests of each wait for an answer, and whether the caller subscribed to them. */
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
