import { missing } from '../../objects/missing.ts';
import type { WriteContext } from '../../store/write-context.ts';
import type { Permitted } from '../07-permission/permit.ts';
import { loadObject } from './load.ts';
import type { Outcome } from './outcome.ts';

/** The written object, as a GET with the same `_fields` would answer it. */
export async function answerObject(asked: Permitted, context: WriteContext, id: number): Promise<Outcome> {
  const loaded = await loadObject(context, context.deployment, asked.caller, asked.selection, id);
  return loaded ? { as: 'object', loaded } : missing(asked.route.answered, id);
}
