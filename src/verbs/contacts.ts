import { resourceNamed } from '../catalogue/catalogue.ts';
import { firstOf } from '../objects/derived.ts';
import { missing } from '../objects/missing.ts';
import { insertObject, updateObject } from '../objects/write.ts';
import { parameterText } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { eventsOf, recordEvents } from '../webhooks/outbox.ts';
import { hashed } from './staff.ts';

const passwordIn = async (sent: string | undefined): Promise<string | undefined> =>
  sent ? hashed(sent) : undefined;

/** `POST /contacts`: the person, and the affiliation with the company that the other parameters describe; it becomes the default one. */
const create = writeVerb({
  prepare: ({ parameters }) => passwordIn(parameterText(parameters, 'password')),
  run: async (request, context, password) => {
    const { owner } = request.route;
    const affiliations = resourceNamed(context.catalogue, 'affiliations');
    const person = parseValues(request.parameters, owner, owner.create);
    const { optional } = affiliations.create;
    // `status_id` and `standing` are those of the contact.
    const reached = optional.filter((name) => name !== 'status_id' && name !== 'standing');
    const affiliation = parseValues(request.parameters, affiliations, {
      required: ['company_id'],
      optional: reached,
    });
    const id = await insertObject(context, owner, {
      names: person.names,
      values: { ...person.values, ...(password === undefined ? {} : { password }) },
    });
    const linked = await insertObject(context, affiliations, {
      names: affiliation.names,
      values: { ...affiliation.values, contact: id },
    });
    await context.store.update(context.deployment, owner.name, { id }, { default_affiliation_id: linked });
    // The first contact of a company is its main contact until that is changed.
    const company = affiliation.values.company ?? null;
    await context.store.update(
      context.deployment,
      'companies',
      { id: company, default_affiliation_id: null },
      { default_affiliation_id: linked },
    );
    return answerObject(request, context, id);
  },
});

/** `PUT /contacts/{id}`: as any update, with the password hashed. */
const update = writeVerb({
  prepare: ({ parameters }) => passwordIn(parameterText(parameters, 'password')),
  run: async (request, context, password) => {
    const { owner } = request.route;
    const { values, names } = parseValues(request.parameters, owner, {
      required: [],
      optional: owner.update,
    });
    const [id = 0] = request.ids;
    await updateObject(context, owner, id, {
      names,
      values: { ...values, ...(password === undefined ? {} : { password }) },
    });
    return answerObject(request, context, id);
  },
});

/** `DELETE /contacts/{id}`: the contact stays, with the first status whose standing is inactive, if there is one. */
const deactivate = writeVerb({
  run: async (request, context) => {
    const { owner } = request.route;
    const [id = 0] = request.ids;
    const statuses = resourceNamed(context.catalogue, owner.fields.status?.to ?? '');
    const status = await firstOf(context, statuses, {
      test: '=',
      on: { column: 'standing' },
      value: 'inactive',
    });
    const values = {
      standing: 'inactive',
      date_modified: context.now,
      ...(status === null ? {} : { status_id: status }),
    };
    const events = await eventsOf(context, owner, id, { on: 'update', columns: values });
    if ((await context.store.update(context.deployment, owner.name, { id }, values)) === 0)
      missing(owner, id);
    await recordEvents(context, events);
    return { as: 'nothing' };
  },
});

export default { create, deactivate, update };
