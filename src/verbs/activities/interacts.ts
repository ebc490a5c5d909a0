import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import type { Tree } from '../../contract/answer.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import { checkSeen } from '../../objects/seen.ts';
import { visible } from '../../objects/visible.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import { may } from '../../request/07-permission/permit.ts';
import { idsOf, loadList } from '../../request/08-operation/load.ts';
import { readVerb } from '../../request/08-operation/verb.ts';
import { viewerOf } from '../../request/08-operation/viewer.ts';
import type { World } from '../../request/world.ts';
import { both, type Condition, type Expression } from '../../store/query.ts';
import { ascending, type NamedRow, selectRow, selectRows } from '../../store/select-named.ts';

/** `GET /activities`; with `_fields=interacts` "the structure of the response is altered": `{activities, staff, affiliations}`. */
export const listActivities = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, selection, where, order, page } = asked;
    const loaded = await loadList(world, deployment.id, caller, selection, where, order, page);
    if (!asksFor(asked.parameters.get('_fields'), 'interacts')) return { as: 'list', loaded };
    const rows = await interactsOf(asked, world, idsOf(loaded));
    const owned = (kind: string) => [
      ...new Set(rows.flatMap(({ ownerType, ownerId }) => (ownerType === kind ? idsIn(ownerId) : []))),
    ];
    const affiliations = await objects(asked, world, 'affiliations', owned('affiliation'));
    const staff = await objects(asked, world, 'staff', owned('staff'));
    const byActivity = Map.groupBy(rows, ({ activity }) => activity as number);
    const beside = idsOf(loaded).map((id) => ({
      id,
      with: { interacts: (byActivity.get(id) ?? []).map(shownWithOwner) },
    }));
    return { as: 'lists', lists: { affiliations, staff }, joined: { activities: { loaded, beside } } };
  },
});

/** `GET /activities/{id}/interacts`: staff and contacts, each with how it interacted. */
export const activityInteracts = readVerb({
  run: async (asked, world) => {
    const [id = 0] = asked.ids;
    await checkSeen(viewerOf(asked, world), asked.route.owner, id);
    const rows = await interactsOf(asked, world, [id]);
    const ownedBy = (kind: string) =>
      rows.flatMap((row) =>
        row.ownerType === kind ? idsIn(row.ownerId).map((owner) => ({ row, owner })) : [],
      );
    const byStaff = ownedBy('staff');
    const byOthers = ownedBy('affiliation');
    const contactOf = await contactsOf(
      asked,
      world,
      byOthers.map(({ owner }) => owner),
    );
    const staff = await objects(
      asked,
      world,
      'staff',
      byStaff.map(({ owner }) => owner),
      true,
    );
    const contacts = await objects(asked, world, 'contacts', [...contactOf.values()], true);
    return {
      as: 'lists',
      lists: {},
      joined: {
        staff: {
          loaded: staff,
          beside: byStaff.map(({ row, owner }) => ({ id: owner, with: { interact: shown(row) } })),
        },
        contacts: {
          loaded: contacts,
          beside: byOthers.map(({ row, owner }) => ({
            id: contactOf.get(owner) ?? 0,
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
    await checkSeen(viewerOf(asked, world), asked.route.owner, id);
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
    const row = await selectRow(world.store, deployment.id, {
      table: route.owner.name,
      select: {
        billable: { sum: { column: 'billable' } },
        nonbillable: { sum: { column: 'nonbillable' } },
        charged: {
          sum: {
            through: 'time_allocation_id',
            table: 'time_allocations',
            expression: { column: 'charged' },
          },
        },
      },
      where: both(where, visible(route.owner, caller.person.id)),
    });
    const { billable = 0, nonbillable = 0, charged = 0 } = row ?? {};
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

const idsIn = (id: Stored): readonly number[] => (id === null ? [] : [id as number]);

const fullName: Expression = { joined: ['firstname', 'surname'] };
const ofStaff = (expression: Expression): Expression => ({ through: 'owner_id', table: 'staff', expression });
const ofAffiliation = (expression: Expression): Expression => ({
  through: 'owner_id',
  table: 'affiliations',
  expression,
});

const interactColumns = {
  id: { column: 'id' },
  activity: { column: 'activity_id' },
  type: { column: 'type' },
  ownerType: { column: 'owner_type' },
  ownerId: { column: 'owner_id' },
  email: { column: 'email' },
  dateActioned: { column: 'date_actioned' },
  staffName: ofStaff(fullName),
  contactName: ofAffiliation({ through: 'contact_id', table: 'contacts', expression: fullName }),
  staffEmail: ofStaff({ column: 'email' }),
  affiliationEmail: ofAffiliation({ column: 'email' }),
} as const satisfies Readonly<Record<string, Expression>>;

type Interact = NamedRow<keyof typeof interactColumns>;

const interactsOf = (
  { deployment }: Permitted,
  world: World,
  activities: readonly number[],
): Promise<readonly Interact[]> =>
  selectRows(world.store, deployment.id, {
    table: 'activity_interacts',
    select: interactColumns,
    where: { among: activities, on: { column: 'activity_id' } },
    order: [ascending('id')],
  });

const textOf = (value: Stored): string | null => (value === null ? null : String(value));

const shown = ({ id, type, dateActioned }: Interact) => ({
  id: String(id),
  date_actioned: textOf(dateActioned),
  type: textOf(type),
});

function shownWithOwner(row: Interact): Tree {
  const isStaff = row.ownerType === 'staff';
  return {
    ...shown(row),
    owner_id: textOf(row.ownerId),
    owner_type: textOf(row.ownerType),
    owner_name: textOf(isStaff ? row.staffName : row.contactName),
    email: textOf(row.email ?? (isStaff ? row.staffEmail : row.affiliationEmail)),
  };
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
  const rows = await selectRows(world.store, deployment.id, {
    table: 'affiliations',
    select: { id: { column: 'id' }, contact: { column: 'contact_id' } },
    where: { among: affiliations, on: { column: 'id' } },
  });
  return new Map(
    rows.flatMap(({ id, contact }) => (contact === null ? [] : [[id as number, contact as number] as const])),
  );
}
