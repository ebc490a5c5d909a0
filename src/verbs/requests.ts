import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { createObject } from '../objects/create.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { createActivity } from './activities/create-activity.ts';
import { affiliationFor } from './requests/sender.ts';
import { requestThreads, requestTypes } from './requests/threads.ts';

/**
 * `POST /requests`: the request of an affiliation, which is looked for and made if need be, and the activity that begins its conversation.
 * Refuses as any create does, and as `affiliationFor`.
 */
const create = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const { required, optional } = owner.create;
    const written = parseValues(asked.parameters, owner, {
      required,
      // It may be an object that describes a person: see below.
      optional: optional.filter((name) => name !== 'affiliation_id'),
    });
    const affiliation = await affiliationFor(context, asked.parameters);
    const values = { ...written.values, affiliation };
    const names = { ...written.names, affiliation: 'affiliation_id' };
    const id = await createObject(context, owner, { values, names });
    const { title = null, body = null, source = null } = written.values;
    const begins: Record<string, Stored> = {
      subject: title,
      body,
      medium: source === 'email' ? 'email' : 'note',
      against_type: owner.singular,
      against_id: id,
      owner_type: 'affiliation',
      owner_id: affiliation,
      visibility: 'all',
    };
    const activities = resourceNamed(context.catalogue, 'activities');
    const thread = await createActivity(context, activities, begins, {});
    await context.store.update(context.deployment, owner.name, { id }, { thread_id: thread });
    return answerObject(asked, context, id);
  },
});

export default { create, threads: requestThreads, types: requestTypes };
