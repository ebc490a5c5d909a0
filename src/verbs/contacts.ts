import { resourceNamed } from '../catalogue/catalogue.ts';
import { firstOf } from '../objects/derived.ts';
import { missing } from '../objects/missing.ts';
import { insertObject, updateObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { happening, tell } from '../webhooks/outbox.ts';
import { hashed } from './staff.ts';

const passwordIn = async (sent: string | undefined): Promise<string | undefined> =>
  sent ? hashed(sent) : undefined;

/** `POST /contacts`: the person, and the affiliation with the company that the other parameters describe; it becomes the default one. */
const create = writeVerb({
  prepare: ({ parameters }) => passwordIn(textOf(parameters, 'password')),
  run: async (asked, context, password) => {
    const { owner } = asked.route;
    const affiliations = resourceNamed(context.catalogue, 'affiliations');
    const person = parseValues(asked.parameters, owner, owner.create);
    const { optional } = affiliations.create;
    // The status and standing sent are the contact's own.
    const reached = optional.filter((name) => name !== 'status_id' && name !== 'standing');
    const affiliation = parseValues(asked.parameters, affiliations, {
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
    // The first person at a company is its main contact until somebody says otherwise.
    const company = affiliation.values.company ?? null;
    await context.store.update(
      context.deployment,
      'companies',
      { id: company, default_affiliation_id: null },
      { default_affiliation_id: linked },
    );
    return answerObject(asked, context, id);
  },
});

/** `PUT /contacts/{id}`: as any update, with the password hashed. */
const update = writeVerb({
  prepare: ({ parameters }) => passwordIn(textOf(parameters, 'password')),
  run: async (asked, context, password) => {
    const { owner } = asked.route;
    const { values, names } = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    const [id = 0] = asked.ids;
    await updateObject(context, owner, id, {
      names,
      values: { ...values, ...(password === undefined ? {} : { password }) },
    });
    return answerObject(asked, context, id);
  },
});

/** `DELETE /contacts/{id}`: the contact stays, with the first status whose standing is inactive, if there is one. */
const deactivate = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
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
    const events = await happening(context, owner, id, 'update', values);
    if ((await context.store.update(context.deployment, owner.name, { id }, values)) === 0)
      missing(owner, id);
    await tell(context, events);
    return { as: 'nothing' };
  },
});

export default { create, deactivate, update };
