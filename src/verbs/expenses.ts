import { createObject } from '../objects/create.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { dropKept, insertUpload, keepUpload } from './resources/kept-file.ts';

/** `POST /expenses`: as any create; a `file` becomes a resource, and the expense's. Refuses as any create does. */
const create = writeVerb({
  prepare: keepUpload,
  abandon: dropKept,
  run: async (asked, context, kept) => {
    const { owner } = asked.route;
    const { values, names } = parseValues(asked.parameters, owner, owner.create);
    const resource = kept ? { resource: await insertUpload(context, kept, {}) } : {};
    const id = await createObject(context, owner, { values: { ...values, ...resource }, names });
    return answerObject(asked, context, id);
  },
});

export default { create };
