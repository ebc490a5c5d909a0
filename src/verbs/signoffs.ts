import { resourceNamed } from '../catalogue/catalogue.ts';
import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { insertObject, updateObject } from '../objects/write.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { may, type Permitted } from '../request/07-permission/permit.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import type { Reading, Values } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { dropKept, insertUpload, keepRequiredUpload, uploadAnswer } from './resources/kept-file.ts';

const columns = ['subject', 'standing', 'against_type', 'against_id', 'date_expires'] as const;

/** The signoff of the path. Refuses `object.missing`. */
async function signoffOf({ ids, deployment, route }: Permitted, store: Reading): Promise<Values> {
  const [id = 0] = ids;
  return (await store.find(deployment.id, 'signoffs', columns, { id })) ?? missing(route.owner, id);
}

/** `can_edit`: what was sent stays as it was sent. Refuses `permission.lacking`. */
async function checkDraft(asked: Permitted, store: Reading): Promise<void> {
  const { standing } = await signoffOf(asked, store);
  if (standing !== 'draft') refuse('permission.lacking', { detail: 'edit a signoff that is no draft' });
}

/** `PUT /signoffs/signoff/{id}`: the body of a draft. Refuses `permission.lacking` for what was sent. */
const update = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const written = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    await context.store.claim(context.deployment, owner.name, { id });
    await checkDraft(asked, context.store);
    await updateObject(context, owner, id, written);
    return answerObject(asked, context, id);
  },
});

/**
 * `POST /signoffs/{id}/send`: a draft is sent from now on, and the object it is against has a log of it. No mail goes out. Refuses
 * `permission.lacking` for what is no draft, `parameter.invalid` for one that has expired or has no recipient.
 */
const send = writeVerb({
  run: async (asked, context) => {
    const [id = 0] = asked.ids;
    const row = await signoffOf(asked, context.store);
    if (row.standing !== 'draft') refuse('permission.lacking', { detail: 'send a signoff that is no draft' });
    if (row.date_expires != null && Number(row.date_expires) < context.now)
      refuse('parameter.invalid', { field: 'signoff_id', detail: 'the signoff has expired' });
    if (!(await context.store.holds(context.deployment, 'signoff_recipients', { signoff_id: id })))
      refuse('parameter.invalid', { field: 'signoff_id', detail: 'the signoff has no recipient' });
    await move(asked, context, id, 'draft', 'sent');
    await logSent(context, row);
    return answerObject(asked, context, id);
  },
});

/** `POST /signoffs/{id}/redraft`: what was answered is to be answered anew. Refuses `permission.lacking` for a draft. */
const redraft = writeVerb({
  run: async (asked, context) => {
    const [id = 0] = asked.ids;
    const { standing } = await signoffOf(asked, context.store);
    if (standing === 'draft') refuse('permission.lacking', { detail: 'redraft a signoff that is a draft' });
    await move(asked, context, id, String(standing), 'draft');
    await context.store.update(
      context.deployment,
      'signoff_recipients',
      { signoff_id: id },
      { response: 'pending', date_responded: null },
    );
    return answerObject(asked, context, id);
  },
});

/** The present standing is part of the `where`: of two who send at once, one does. */
async function move(
  { route }: Permitted,
  { store, deployment, now }: WriteContext,
  id: number,
  from: string,
  to: string,
): Promise<void> {
  const changed = await store.update(
    deployment,
    route.owner.name,
    { id, standing: from },
    { standing: to, date_updated: now },
  );
  if (changed === 0) refuse('permission.lacking', { detail: 'move a signoff that moved meanwhile' });
}

async function logSent(context: WriteContext, { subject, against_type, against_id }: Values): Promise<void> {
  const activities = resourceNamed(context.catalogue, 'activities');
  if (against_id == null || !activities.references.against?.includes(String(against_type))) return;
  const values = {
    subject: [...`Signoff sent: ${subject}`].slice(0, 200).join(''),
    medium: 'event_log',
    visibility: 'all',
    owner_type: 'staff',
    owner_id: context.staffId,
    against_type: against_type ?? null,
    against_id,
  };
  await insertObject(context, activities, { values, names: {} });
}

/** `POST /signoffs/{id}/attachments`: the file becomes a resource, and an attachment of the draft. */
const attach = writeVerb({
  prepare: async (asked, world) => {
    may(asked.caller, 'create', resourceNamed(world.catalogue, 'resources'));
    await checkDraft(asked, world.store);
    return keepRequiredUpload(asked);
  },
  abandon: dropKept,
  run: async (asked, context, kept) => {
    const [signoff = 0] = asked.ids;
    await context.store.claim(context.deployment, 'signoffs', { id: signoff });
    await checkDraft(asked, context.store);
    const resource = await insertUpload(context, kept, {});
    await insertObject(context, asked.route.answered, { values: { signoff, resource }, names: {} });
    return uploadAnswer(resource, kept);
  },
});

export default { attach, redraft, send, update };
