import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { updateObject } from '../objects/write.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';

/**
 * `PUT /signoffs/recipients/{id}`: "only … if a user is the recipient and if the quote is in draft". Refuses `permission.lacking` for others, and
 * for what was sent.
 */
const update = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const { values, names } = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    const row = await context.store.find(
      context.deployment,
      owner.name,
      ['signoff_id', 'recipient_type', 'recipient_id', 'response'],
      { id },
    );
    if (!row) missing(owner, id);
    if (row.recipient_type !== 'staff' || row.recipient_id !== context.staffId)
      refuse('permission.lacking', { detail: 'answer for another recipient' });
    await context.store.claim(context.deployment, 'signoffs', { id: row.signoff_id ?? null });
    const signoff = await context.store.find(context.deployment, 'signoffs', ['standing'], {
      id: row.signoff_id ?? null,
    });
    if (signoff?.standing !== 'draft')
      refuse('permission.lacking', { detail: 'edit a recipient of a signoff that is no draft' });
    const { response } = values;
    const answered =
      response === undefined || response === row.response
        ? {}
        : { date_responded: response === 'pending' || response === null ? null : context.now };
    await updateObject(context, owner, id, {
      values: { ...values, ...(response === null ? { response: 'pending' } : {}), ...answered },
      names,
    });
    return answerObject(asked, context, id);
  },
});

export default { update };
