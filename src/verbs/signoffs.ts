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

/** `can_edit`: a signoff that was sent cannot change. Refuses `permission.lacking`. */
async function checkDraft(request: Permitted, store: Reading): Promise<void> {
  const { standing } = await signoffOf(request, store);
  if (standing !== 'draft') refuse('permission.lacking', { detail: 'edit a signoff that is no draft' });
}

/** `PUT /signoffs/signoff/{id}`: the body of a draft. Refuses `permission.lacking` for one that was sent. */
const update = writeVerb({
  run: async (request, context) => {
    const { owner } = request.route;
    const [id = 0] = request.ids;
    const written = parseValues(request.parameters, owner, { required: [], optional: owner.update });
    await context.store.claim(context.deployment, owner.name, { id });
    await checkDraft(request, context.store);
    await updateObject(context, owner, id, written);
    return answerObject(request, context, id);
  },
});

/**
 * `POST /signoffs/{id}/send`: the draft is sent, and logged as an activity of the object it is against. No mail goes out. Refuses
 * `permission.lacking` for a signoff that is not a draft, `parameter.invalid` for one that has expired or has no recipient.
 */
const send = writeVerb({
  run: async (request, context) => {
    const [id = 0] = request.ids;
    const row = await signoffOf(request, context.store);
    if (row.standing !== 'draft') refuse('permission.lacking', { detail: 'send a signoff that is no draft' });
    if (row.date_expires != null && Number(row.date_expires) < context.now)
      refuse('parameter.invalid', { field: 'signoff_id', detail: 'the signoff has expired' });
    if (!(await context.store.holds(context.deployment, 'signoff_recipients', { signoff_id: id })))
      refuse('parameter.invalid', { field: 'signoff_id', detail: 'the signoff has no recipient' });
    await changeStanding(request, context, id, { from: 'draft', to: 'sent' });
    await logSent(context, row);
    return answerObject(request, context, id);
  },
});

/** `POST /signoffs/{id}/redraft`: its recipients respond again. Refuses `permission.lacking` for a draft. */
const redraft = writeVerb({
  run: async (request, context) => {
    const [id = 0] = request.ids;
    const { standing } = await signoffOf(request, context.store);
    if (standing === 'draft') refuse('permission.lacking', { detail: 'redraft a signoff that is a draft' });
    await changeStanding(request, context, id, { from: String(standing), to: 'draft' });
    await context.store.update(
      context.deployment,
      'signoff_recipients',
      { signoff_id: id },
      { response: 'pending', date_responded: null },
    );
    return answerObject(request, context, id);
  },
});

/** The present standing is part of the `where`: of two requests at once, one succeeds. */
async function changeStanding(
  { route }: Permitted,
  { store, deployment, now }: WriteContext,
  id: number,
  { from, to }: { readonly from: string; readonly to: string },
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
  prepare: async (request, world) => {
    may(request.caller, 'create', resourceNamed(world.catalogue, 'resources'));
    await checkDraft(request, world.store);
    return keepRequiredUpload(request);
  },
  abandon: dropKept,
  run: async (request, context, kept) => {
    const [signoff = 0] = request.ids;
    await context.store.claim(context.deployment, 'signoffs', { id: signoff });
    await checkDraft(request, context.store);
    const resource = await insertUpload(context, kept, {});
    await insertObject(context, request.route.answered, { values: { signoff, resource }, names: {} });
    return uploadAnswer(resource, kept);
  },
});

export default { attach, redraft, send, update };
