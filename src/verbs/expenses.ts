import { createObject } from '../objects/create.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { dropKept, insertUpload, keepUpload } from './resources/kept-file.ts';

/** `POST /expenses`: as any create; a `file` becomes a resource that belongs to the expense. Refuses as any create does. */
const create = writeVerb({
  prepare: keepUpload,
  abandon: dropKept,
  run: async (request, context, kept) => {
    const { owner } = request.route;
    const { values, names } = parseValues(request.parameters, owner, owner.create);
    const resource = kept ? { resource: await insertUpload(context, kept, {}) } : {};
    const id = await createObject(context, owner, { values: { ...values, ...resource }, names });
    return answerObject(request, context, id);
  },
});

export default { create };
