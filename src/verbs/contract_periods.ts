import { resourceNamed } from '../catalogue/catalogue.ts';
import { refuse } from '../contract/refuse.ts';
import { firstOf } from '../objects/derived.ts';
import { missing } from '../objects/missing.ts';
import { recordProgression } from '../objects/progress.ts';
import { updateObject } from '../objects/write.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import type { Condition } from '../store/query.ts';
import { ascending, columnsNamed, selectRows } from '../store/select-named.ts';
import type { WriteContext } from '../store/write-context.ts';

const closed = 'closed';
const opened = 'opened';
/** Issues that are closed in one go. */
const batch = 1_000;

/**
 * `PUT|POST /contracts/periods/{id}/close`. Where the type of the contract completes by itself, its issues are closed too. Refuses
 * `object.missing`, and `parameter.invalid` for a period that is closed already.
 */
const close = writeVerb({
  run: async (asked, context) => {
    const { id, contract } = await periodThatIs(asked, context, false);
    await set(asked, context, id, { standing: closed, date_closed: context.now });
    if (contract !== null && (await completes(context, contract))) await closeIssues(context, contract);
    return answerObject(asked, context, id);
  },
});

/** `PUT|POST /contracts/periods/{id}/open`: "a previously close[d] contract period". Refuses as closing does, the other way round. */
const open = writeVerb({
  run: async (asked, context) => {
    const { id } = await periodThatIs(asked, context, true);
    await set(asked, context, id, { standing: opened, date_closed: null });
    return answerObject(asked, context, id);
  },
});

async function periodThatIs(
  { ids, route }: Permitted,
  { store, deployment }: WriteContext,
  wanted: boolean,
): Promise<{ readonly id: number; readonly contract: number | null }> {
  const [id = 0] = ids;
  const { name } = route.owner;
  if (!(await store.claim(deployment, name, { id }))) missing(route.owner, id);
  const row = await store.find(deployment, name, ['standing', 'contract_id'], { id });
  if ((row?.standing === closed) !== wanted) {
    refuse('parameter.invalid', {
      field: 'period_id',
      detail: wanted ? 'it is not closed' : 'it is closed already',
    });
  }
  return { id, contract: (row?.contract_id ?? null) as number | null };
}

const set = (
  { route }: Permitted,
  context: WriteContext,
  id: number,
  values: Readonly<Record<string, string | number | null>>,
): Promise<void> => updateObject(context, route.owner, id, { values, names: {} });

async function completes({ store, deployment }: WriteContext, contract: number): Promise<boolean> {
  const row = await store.find(deployment, 'contracts', ['contract_type_id'], { id: contract });
  const type = row?.contract_type_id ?? null;
  if (type === null) return false;
  const found = await store.find(deployment, 'contract_types', ['auto_complete_task'], { id: type });
  return found?.auto_complete_task === 1;
}

/** "including closing tickets/issues if the contract is set to auto complete" — reference, Close a Contract Period. */
async function closeIssues(context: WriteContext, contract: number): Promise<void> {
  const { catalogue, store, deployment, now, staffId } = context;
  const issues = resourceNamed(catalogue, 'issues');
  const statuses = resourceNamed(catalogue, 'issue_statuses');
  const ends: Condition = { test: '=', on: { column: 'standing' }, value: closed };
  const to = await firstOf(context, statuses, ends);
  if (to === null) return;
  const status = await store.find(deployment, statuses.name, ['title'], { id: to });
  const open: Condition = {
    all: [{ test: '=', on: { column: 'contract_id' }, value: contract }, { not: ends }],
  };
  const values = {
    status_id: to,
    standing: closed,
    date_closed: now,
    closed_by_id: staffId,
    date_modified: now,
  };
  for (let full = true; full; ) {
    const rows = await selectRows(store, deployment, {
      table: issues.name,
      select: columnsNamed('id'),
      where: open,
      order: [ascending('id')],
      limit: batch,
    });
    full = rows.length === batch;
    for (const { id } of rows) {
      await store.update(deployment, issues.name, { id }, values);
      await recordProgression(context, issues, id as number, { status: to, title: status?.title ?? null });
    }
  }
}

export default { close, open };
