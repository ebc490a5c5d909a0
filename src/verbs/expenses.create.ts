import { createObject } from '../objects/create.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { WriteAction } from '../request/08-operation/action.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { dropKept, insertUpload, type Kept, keepUpload } from './resources.upload.ts';

/** `POST /expenses`: as any create; a `file` becomes a resource, and the expense's. Refuses as any create does. */
export const expensesCreate: WriteAction = {
  kind: 'write',
  prepare: keepUpload,
  abandon: dropKept,
  run: async (asked, context, prepared) => {
    const { owner } = asked.route;
    const { values, names } = parseValues(asked.parameters, owner, owner.create);
    const resource = prepared ? { resource: await insertUpload(context, prepared as Kept, {}) } : {};
    const id = await createObject(context, owner, { values: { ...values, ...resource }, names });
    return answerObject(asked, context, id);
  },
};
