import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Tree } from '../contract/answer.ts';
import { visible } from '../objects/visible.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import type { World } from '../request/world.ts';
import { expressionOf } from '../store/expression.ts';
import type { Expression } from '../store/query.ts';
import type { Row } from '../store/store.ts';

const most = 1_000;

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

const distinct = (
  world: World,
  { deployment, route, caller }: Permitted,
  select: readonly Expression[],
): Promise<readonly Row[]> =>
  world.store.select(deployment.id, {
    table: route.owner.name,
    select,
    distinct: true,
    where: visible(route.owner, caller.person.id),
    order: select.slice(0, 1).map((by) => ({ by, descending: false })),
    limit: most,
    offset: 0,
  });

async function people(asked: Permitted, world: World, column: string): Promise<Tree> {
  const staff = (name: string): Expression => ({
    through: column,
    table: 'staff',
    expression: { column: name },
  });
  const named: Expression = {
    through: column,
    table: 'staff',
    expression: { joined: ['firstname', 'surname'] },
  };
  const rows = await distinct(world, asked, [{ column }, named, staff('email')]);
  return rows.flatMap(([id, name, email]) =>
    id === null ? [] : [{ id: String(id), name: name ?? null, email: email ?? null }],
  );
}

/** One statement for each kind of object, never one for each object. */
async function against(asked: Permitted, world: World): Promise<Tree> {
  const pairs = await distinct(world, asked, [{ column: 'against_type' }, { column: 'against_id' }]);
  const found: Tree[] = [];
  for (const [type, rows] of Map.groupBy(pairs, ([kind]) => String(kind))) {
    const resource = world.catalogue.bySingular.get(type);
    const ids = rows.map(([, id]) => id).filter((id) => id !== null && id !== undefined) as number[];
    if (!resource || ids.length === 0) continue;
    const named = await world.store.select(asked.deployment.id, {
      table: resource.name,
      select: [{ column: 'id' }, expressionOf(world.catalogue, resource, resource.titled)],
      where: { all: [{ among: ids, on: { column: 'id' } }, visible(resource, asked.caller.person.id)] },
      order: [{ by: { column: 'id' }, descending: false }],
      limit: ids.length,
      offset: 0,
    });
    for (const [id, name] of named) found.push({ id: `${resource.plural}/${id}`, name: name ?? null });
  }
  return found;
}

async function statuses({ deployment }: Permitted, world: World): Promise<Tree> {
  const table = resourceNamed(world.catalogue, 'task_statuses').name;
  const names = ['id', 'title', 'color', 'standing', 'ordering'] as const;
  const rows = await world.store.list(deployment.id, table, names, {}, most);
  return rows.map((row) =>
    Object.fromEntries(names.map((name) => [name, row[name] == null ? null : String(row[name])])),
  );
}

export default { meta };
