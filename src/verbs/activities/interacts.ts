import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import type { Tree } from '../../contract/answer.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import { visible } from '../../objects/visible.ts';
import { missing } from '../../objects/write.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import { may } from '../../request/07-permission/permit.ts';
import { loadList } from '../../request/08-operation/load.ts';
import { readVerb } from '../../request/08-operation/verb.ts';
import type { World } from '../../request/world.ts';
import { both, type Condition } from '../../store/query.ts';
import type { Row } from '../../store/store.ts';

/** `GET /activities`; with `_fields=interacts` "the structure of the response is altered": `{activities, staff, affiliations}`. */
export const listActivities = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, selection, where, order, page } = asked;
    const loaded = await loadList(world, deployment.id, caller, selection, where, order, page);
    if (!asksFor(asked.parameters.get('_fields'), 'interacts')) return { as: 'list', loaded };
    const rows = await interactsOf(
      asked,
      world,
      loaded.rows.map(([id]) => id as number),
    );
    const owned = (kind: string) => [
      ...new Set(rows.flatMap((row) => (row[3] === kind && row[4] !== null ? [row[4] as number] : []))),
    ];
    const affiliations = await objects(asked, world, 'affiliations', owned('affiliation'));
    const staff = await objects(asked, world, 'staff', owned('staff'));
    const byActivity = Map.groupBy(rows, ([, activity]) => activity as number);
    const beside = loaded.rows.map(([id]) => ({
      id: id as number,
      with: { interacts: (byActivity.get(id as number) ?? []).map(shownWithOwner) },
    }));
    return { as: 'lists', lists: { affiliations, staff }, joined: { activities: { loaded, beside } } };
  },
});

/** `GET /activities/{id}/interacts`: staff and contacts, each with how it interacted. */
export const activityInteracts = readVerb({
  run: async (asked, world) => {
    const [id = 0] = asked.ids;
    await checkSeen(asked, world, id);
    const rows = await interactsOf(asked, world, [id]);
    const staffRows = rows.filter((row) => row[3] === 'staff' && row[4] !== null);
    const others = rows.filter((row) => row[3] === 'affiliation' && row[4] !== null);
    const contactOf = await contactsOf(
      asked,
      world,
      others.map((row) => row[4] as number),
    );
    const staff = await objects(
      asked,
      world,
      'staff',
      staffRows.map((row) => row[4] as number),
      true,
    );
    const contacts = await objects(asked, world, 'contacts', [...contactOf.values()], true);
    return {
      as: 'lists',
      lists: {},
      joined: {
        staff: {
          loaded: staff,
          beside: staffRows.map((row) => ({ id: row[4] as number, with: { interact: shown(row) } })),
        },
        contacts: {
          loaded: contacts,
          beside: others.map((row) => ({
            id: contactOf.get(row[4] as number) ?? 0,
            with: { interact: shown(row) },
          })),
        },
      },
    };
  },
});

export const countActivityInteracts = readVerb({
  run: async (asked, world) => {
    const [id = 0] = asked.ids;
    await checkSeen(asked, world, id);
    const where: Condition = { test: '=', on: { column: 'activity_id' }, value: id };
    const count = await world.store.count(asked.deployment.id, {
      table: 'activity_interacts',
      select: 'count',
      where,
      order: [],
      limit: 0,
      offset: 0,
    });
    return { as: 'count', count };
  },
});

/** `GET /activities/allocations`: the sums of time and charge over the activities that the filters of the list let through. */
export const activityAllocations = readVerb({
  run: async ({ deployment, caller, where, route }, world) => {
    const [row] = await world.store.select(deployment.id, {
      table: route.owner.name,
      select: [
        { sum: { column: 'billable' } },
        { sum: { column: 'nonbillable' } },
        {
          sum: {
            through: 'time_allocation_id',
            table: 'time_allocations',
            expression: { column: 'charged' },
          },
        },
      ],
      where: both(where, visible(route.owner, caller.person.id)),
      order: [],
      limit: 1,
      offset: 0,
    });
    const [billable = 0, nonbillable = 0, charged = 0] = row ?? [];
    const { kind } = resourceNamed(world.catalogue, 'time_allocations').fields.charged ?? {};
    return {
      as: 'tree',
      tree: {
        billable: String(billable),
        nonbillable: String(nonbillable),
        charged: kind?.wire(Number(charged)) ?? null,
      },
    };
  },
});

function asksFor(fields: ParameterValue | undefined, name: string): boolean {
  const texts = Array.isArray(fields) ? fields : [fields];
  return texts.some((text) => {
    const parsed = typeof text === 'string' ? parseExpression(text) : undefined;
    return parsed !== undefined && 'items' in parsed && parsed.items.some((item: Item) => item.name === name);
  });
}

async function checkSeen(
  { deployment, caller, route: { owner } }: Permitted,
  { store }: World,
  id: number,
): Promise<void> {
  const where = both({ test: '=', on: { column: 'id' }, value: id }, visible(owner, caller.person.id));
  if (
    (await store.count(deployment.id, {
      table: owner.name,
      select: 'count',
      where,
      order: [],
      limit: 0,
      offset: 0,
    })) === 0
  )
    missing(owner, id);
}

const columns = ['id', 'activity_id', 'type', 'owner_type', 'owner_id', 'email', 'date_actioned'] as const;

/** `[id, activity, type, owner_type, owner_id, email, date_actioned, staff name, affiliation's name]`. */
const interactsOf = (
  { deployment }: Permitted,
  world: World,
  activities: readonly number[],
): Promise<readonly Row[]> =>
  world.store.select(deployment.id, {
    table: 'activity_interacts',
    select: [
      ...columns.map((column) => ({ column })),
      { through: 'owner_id', table: 'staff', expression: { joined: ['firstname', 'surname'] } },
      {
        through: 'owner_id',
        table: 'affiliations',
        expression: {
          through: 'contact_id',
          table: 'contacts',
          expression: { joined: ['firstname', 'surname'] },
        },
      },
      { through: 'owner_id', table: 'staff', expression: { column: 'email' } },
      { through: 'owner_id', table: 'affiliations', expression: { column: 'email' } },
    ],
    where: { among: activities, on: { column: 'activity_id' } },
    order: [{ by: { column: 'id' }, descending: false }],
    limit: Number.MAX_SAFE_INTEGER,
    offset: 0,
  });

const textOf = (value: Row[number] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const shown = ([id, , type, , , , actioned]: Row): Tree => ({
  id: String(id),
  date_actioned: textOf(actioned),
  type: textOf(type),
});

function shownWithOwner(row: Row): Tree {
  const [, , , kind, owner, email, , staffName, contactName, staffEmail, otherEmail] = row;
  const staff = kind === 'staff';
  return {
    ...(shown(row) as object),
    owner_id: textOf(owner),
    owner_type: textOf(kind),
    owner_name: textOf(staff ? staffName : contactName),
    email: textOf(email ?? (staff ? staffEmail : otherEmail)),
  } as Tree;
}

/** Objects by id with their default fields (and those asked for), if the caller may read them. */
async function objects(
  { deployment, caller, parameters }: Permitted,
  world: World,
  name: string,
  ids: readonly number[],
  more = false,
) {
  const resource = resourceNamed(world.catalogue, name);
  may(caller, 'read', resource);
  const selection = world.selections.select(resource, more ? parameters.get('_fields') : undefined, false);
  const among = [...new Set(ids)];
  return loadList(world, deployment.id, caller, selection, { among, on: { column: 'id' } }, [], {
    limit: Math.max(1, among.length),
    offset: 0,
  });
}

async function contactsOf(
  { deployment }: Permitted,
  world: World,
  affiliations: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await world.store.select(deployment.id, {
    table: 'affiliations',
    select: [{ column: 'id' }, { column: 'contact_id' }],
    where: { among: affiliations, on: { column: 'id' } },
    order: [],
    limit: affiliations.length,
    offset: 0,
  });
  return new Map(
    rows.flatMap(([id, contact]) => (contact == null ? [] : [[id as number, contact as number] as const])),
  );
}
