import { resourceNamed } from '../catalogue/catalogue.ts';
import { wholeNumber } from '../catalogue/kinds/kind.ts';
import type { Tree } from '../contract/answer.ts';
import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { insertObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { idsOf, loadList } from '../request/08-operation/load.ts';
import type { Outcome } from '../request/08-operation/outcome.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import type { Readable } from '../request/world.ts';
import { both } from '../store/query.ts';
import { ascending, selectRows } from '../store/select-named.ts';
import type { Reading } from '../store/store.ts';

const table = 'company_managers';

/** Staff objects, each with the id of its relationship to the company, in the order of the relationships. */
async function managersOf(asked: Permitted, from: Readable): Promise<Outcome> {
  const [company = 0] = asked.ids;
  const { deployment, caller, selection, page } = asked;
  await checkCompany(asked, from.store);
  const rows = await selectRows(from.store, deployment.id, {
    table,
    select: { id: { column: 'id' }, staff: { column: 'staff_id' } },
    where: { test: '=', on: { column: 'company_id' }, value: company },
    order: [ascending('id')],
  });
  const ids = [...new Set(rows.map(({ staff }) => staff as number))];
  const managers = both({ among: ids, on: { column: 'id' } }, asked.where);
  const loaded = await loadList(from, deployment.id, caller, selection, managers, asked.order, page);
  const byStaff = Map.groupBy(rows, ({ staff }) => staff as number);
  const beside = idsOf(loaded).flatMap((staff) =>
    (byStaff.get(staff) ?? []).map(({ id }): { id: number; with: Tree } => ({
      id: staff,
      with: { relationship_id: String(id) },
    })),
  );
  return { as: 'joined', loaded, beside };
}

async function checkCompany({ ids, deployment, route }: Permitted, store: Reading): Promise<void> {
  const [id = 0] = ids;
  if (!(await store.find(deployment.id, 'companies', ['id'], { id })))
    missing(route.subject ?? route.owner, id);
}

const list = readVerb({ run: managersOf });

/** `POST …/managers/add`: answers the managers as they are then. Refuses `object.missing`, `parameter.missing`, `parameter.invalid`. */
const add = writeVerb({
  run: async (asked, context) => {
    await checkCompany(asked, context.store);
    const managers = resourceNamed(context.catalogue, table);
    const { values, names } = parseValues(asked.parameters, managers, { required: [], optional: ['nature'] });
    const staff = idIn(asked, 'manager_id');
    const written = {
      values: { ...values, company: asked.ids[0] ?? 0, staff },
      names: { ...names, staff: 'manager_id' },
    };
    await insertObject(context, managers, written);
    return managersOf(asked, context);
  },
});

/** `DELETE …/managers/delete`: ends one relationship of the company, and answers the managers who are left. Refuses `object.missing` when it has none of that id. */
const remove = writeVerb({
  run: async (asked, context) => {
    await checkCompany(asked, context.store);
    const id = idIn(asked, 'relationship_id');
    const removed = await context.store.remove(context.deployment, table, {
      id,
      company_id: asked.ids[0] ?? 0,
    });
    if (removed === 0) missing(resourceNamed(context.catalogue, table), id);
    return managersOf(asked, context);
  },
});

function idIn({ parameters }: Permitted, name: string): number {
  const sent = textOf(parameters, name);
  if (!sent) refuse('parameter.missing', { field: name });
  return wholeNumber(sent) ?? refuse('parameter.invalid', { field: name, detail: 'an id is wanted' });
}

export default { add, list, remove };
