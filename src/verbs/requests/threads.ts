import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { own, via } from '../../catalogue/source.ts';
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
import type { Row } from '../../store/store.ts';

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

/** What is read of each request, in this order. */
const sources = [
  own('id'),
  own('thread_id'),
  own('title'),
  own('body'),
  own('standing'),
  own('date_created'),
  own('activities'),
  own('last_responded'),
  own('last_external'),
  own('claimer'),
  own('type'),
  own('affiliation'),
  via('affiliation', 'contact'),
  via('affiliation', 'company'),
] as const;

const all = Number.MAX_SAFE_INTEGER;

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
    const rows = await world.store.select(deployment.id, {
      table: route.owner.name,
      select: sources.map((source) => expressionOf(world.catalogue, route.owner, source)),
      where,
      order: [...order, { by: { column: 'id' }, descending: false }],
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
        requests: rows.map((row) => threadOf(row, senders.get(Number(row[1])) ?? [])),
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

const at = (type: string, id: Stored | undefined): Linked | null =>
  id == null ? null : { type, id: Number(id) };

function threadOf(row: Row, senders: readonly Linked[]): Tree {
  const [id, thread, title, body, standing, created, activities, responded, external] = row;
  const [claimer, type, affiliation, contact, company] = row.slice(9);
  const reached = at('affiliation', affiliation);
  return {
    id: Number(id),
    thread_id: thread ?? null,
    title: title ?? null,
    body: body ?? null,
    standing: standing ?? null,
    number_of_activities: activities ?? 0,
    date_created: created == null ? null : String(created),
    date_last_responded: responded ?? null,
    date_last_external_interaction: external ?? null,
    // The sample has it under this name.
    date_latest_external_interaction: external ?? null,
    claimer: tree(at('staff', claimer)),
    type: tree(at('request_type', type)),
    senders: senders.map(tree),
    affiliation: reached && {
      type: reached.type,
      id: reached.id,
      contact: tree(at('contact', contact)),
      company: tree(at('company', company)),
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
  rows: readonly Row[],
): Promise<ReadonlyMap<number, readonly Linked[]>> {
  const threads = rows.flatMap(([, thread]) => (thread == null ? [] : [thread as number]));
  const found = await world.store.select(asked.deployment.id, {
    table: 'activity_interacts',
    select: [{ column: 'activity_id' }, { column: 'owner_type' }, { column: 'owner_id' }],
    where: both(
      { among: threads, on: { column: 'activity_id' } },
      { among: ['creator', 'from'], on: { column: 'type' } },
      seenBy(asked, world),
    ),
    order: [{ by: { column: 'id' }, descending: false }],
    limit: all,
    offset: 0,
  });
  const senders = new Map<number, Linked[]>();
  for (const [activity, type, id] of found) {
    const sender = type == null ? null : at(String(type), id);
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
  rows: readonly Row[],
  senders: readonly Linked[],
): Promise<Tree> {
  const links = [
    ...rows.flatMap((row) => {
      const [claimer, type, affiliation, contact, company] = row.slice(9);
      return [
        at('staff', claimer),
        at('request_type', type),
        at('affiliation', affiliation),
        at('contact', contact),
        at('company', company),
      ].flatMap((each) => each ?? []);
    }),
    ...senders,
  ];
  const out: Tree[] = [];
  for (const [singular, group] of Map.groupBy(links, ({ type }) => type)) {
    const plural = world.catalogue.bySingular.get(singular)?.name ?? '';
    const resource = resourceNamed(world.catalogue, plural);
    if (!reads(caller, resource)) continue;
    const ids = [...new Set(group.map(({ id }) => id))];
    const found = await world.store.select(deployment.id, {
      table: resource.name,
      select: [{ column: 'id' }, expressionOf(world.catalogue, resource, resource.titled)],
      where: { among: ids, on: { column: 'id' } },
      order: [{ by: { column: 'id' }, descending: false }],
      limit: ids.length,
      offset: 0,
    });
    out.push(...found.map(([id, title]) => ({ type: singular, id: Number(id), title: title ?? null })));
  }
  return out;
}

/** The types, how many requests of each wait for an answer, and whether the caller subscribed to them. */
async function typesWithCounts({ deployment, caller }: Permitted, world: World): Promise<Tree> {
  const types = resourceNamed(world.catalogue, 'request_types');
  const [rows, own] = await Promise.all([
    world.store.select(deployment.id, {
      table: types.name,
      select: ['id', 'title', 'standing', 'unresolved'].map((name) =>
        expressionOf(world.catalogue, types, { own: name }),
      ),
      where: { all: [] },
      order: [{ by: { column: 'id' }, descending: false }],
      limit: all,
      offset: 0,
    }),
    world.store.list(
      deployment.id,
      'request_subscriptions',
      ['request_type_id'],
      { staff_id: caller.person.id },
      all,
    ),
  ]);
  const subscribed = new Set(own.map(({ request_type_id }) => request_type_id));
  return rows.map(([id, title, status, unresolved]) => ({
    id: String(id),
    title: title ?? null,
    status: status ?? null,
    unresolved_count: String(unresolved ?? 0),
    subscribed: Number(subscribed.has(id ?? null)),
  }));
}
