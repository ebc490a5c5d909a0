import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Tree } from '../contract/answer.ts';
import { visible } from '../objects/visible.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import type { World } from '../request/world.ts';
import { expressionOf } from '../store/expression.ts';
import { both, type Expression } from '../store/query.ts';
import { ascending, type NamedRow, selectRows } from '../store/select-named.ts';

const rowsMax = 1_000;

/** `GET /tasks/meta`: who manages tasks, who is assigned to them, what they are against, and their statuses: what a filter can offer. */
const meta = readVerb({
  run: async (asked, world) => ({
    as: 'tree',
    tree: {
      managers: await people(asked, world, 'manager_id'),
      assignees: await people(asked, world, 'assignee_id'),
      against: await against(asked, world),
      statuses: await statuses(asked, world),
    },
  }),
});

const distinct = <Name extends string>(
  world: World,
  { deployment, route, caller }: Permitted,
  select: Readonly<Record<Name, Expression>>,
  order: NoInfer<Name>,
): Promise<readonly NamedRow<Name>[]> =>
  selectRows(world.store, deployment.id, {
    table: route.owner.name,
    select,
    distinct: true,
    where: visible(route.owner, caller.person.id),
    order: [{ by: select[order], descending: false }],
    limit: rowsMax,
  });

async function people(asked: Permitted, world: World, column: string): Promise<Tree> {
  const ofStaff = (expression: Expression): Expression => ({ through: column, table: 'staff', expression });
  const select = {
    id: { column },
    name: ofStaff({ joined: ['firstname', 'surname'] }),
    email: ofStaff({ column: 'email' }),
  };
  const rows = await distinct(world, asked, select, 'id');
  return rows.flatMap(({ id, name, email }) => (id === null ? [] : [{ id: String(id), name, email }]));
}

/** One statement for each kind of object, never one for each object. */
async function against(asked: Permitted, world: World): Promise<Tree> {
  const select = { type: { column: 'against_type' }, id: { column: 'against_id' } };
  const pairs = await distinct(world, asked, select, 'type');
  const found: Tree[] = [];
  for (const [type, rows] of Map.groupBy(pairs, (pair) => String(pair.type))) {
    const resource = world.catalogue.bySingular.get(type);
    const among = rows.flatMap(({ id }) => id ?? []);
    if (!resource || among.length === 0) continue;
    const named = await selectRows(world.store, asked.deployment.id, {
      table: resource.name,
      select: { id: { column: 'id' }, name: expressionOf(world.catalogue, resource, resource.titled) },
      where: both({ among, on: { column: 'id' } }, visible(resource, asked.caller.person.id)),
      order: [ascending('id')],
    });
    for (const { id, name } of named) found.push({ id: `${resource.plural}/${id}`, name });
  }
  return found;
}

async function statuses({ deployment }: Permitted, world: World): Promise<Tree> {
  const table = resourceNamed(world.catalogue, 'task_statuses').name;
  const names = ['id', 'title', 'color', 'standing', 'ordering'] as const;
  const rows = await world.store.list(deployment.id, { table, columns: names, limit: rowsMax });
  return rows.map((row) =>
    Object.fromEntries(names.map((name) => [name, row[name] == null ? null : String(row[name])])),
  );
}

export default { meta };
