import { resourceNamed } from '../catalogue/catalogue.ts';
import { firstOf } from '../objects/derived.ts';
import { insertObject, missing, updateObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { WriteAction } from '../request/08-operation/action.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { eventsOf, recordEvents } from '../webhooks/outbox.ts';
import { hashed } from './staff.create.ts';

const passwordIn = async (sent: string | undefined): Promise<string | undefined> =>
  sent ? hashed(sent) : undefined;

/** `POST /contacts`: the person, and the affiliation with the company that the other parameters describe; it becomes the default one. */
export const contactsCreate: WriteAction = {
  kind: 'write',
  prepare: ({ parameters }) => passwordIn(textOf(parameters, 'password')),
  run: async (asked, inside, password) => {
    const { owner } = asked.route;
    const affiliations = resourceNamed(inside.catalogue, 'affiliations');
    const person = parseValues(asked.parameters, owner, owner.create);
    const { optional } = affiliations.create;
    // The status and standing sent are the contact's own.
    const reached = optional.filter((name) => name !== 'status_id' && name !== 'standing');
    const affiliation = parseValues(asked.parameters, affiliations, {
      required: ['company_id'],
      optional: reached,
    });
    const id = await insertObject(inside, owner, {
      names: person.names,
      values: { ...person.values, ...(password === undefined ? {} : { password: password as string }) },
    });
    const linked = await insertObject(inside, affiliations, {
      names: affiliation.names,
      values: { ...affiliation.values, contact: id },
    });
    await inside.store.update(inside.deployment, owner.name, { id }, { default_affiliation_id: linked });
    // The first person at a company is its main contact until somebody says otherwise.
    const company = affiliation.values.company ?? null;
    await inside.store.update(
      inside.deployment,
      'companies',
      { id: company, default_affiliation_id: null },
      { default_affiliation_id: linked },
    );
    return answerObject(asked, inside, id);
  },
};

/** `PUT /contacts/{id}`: as any update, with the password hashed. */
export const contactsUpdate: WriteAction = {
  kind: 'write',
  prepare: ({ parameters }) => passwordIn(textOf(parameters, 'password')),
  run: async (asked, inside, password) => {
    const { owner } = asked.route;
    const { values, names } = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    const [id = 0] = asked.ids;
    await updateObject(inside, owner, id, {
      names,
      values: { ...values, ...(password === undefined ? {} : { password: password as string }) },
    });
    return answerObject(asked, inside, id);
  },
};

/** `DELETE /contacts/{id}`: the contact stays, with the first status whose standing is inactive, if there is one. */
export const contactsDeactivate: WriteAction = {
  kind: 'write',
  run: async (asked, inside) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const statuses = resourceNamed(inside.catalogue, owner.fields.status?.to ?? '');
    const status = await firstOf(inside, statuses, {
      test: '=',
      on: { column: 'standing' },
      value: 'inactive',
    });
    const values = {
      standing: 'inactive',
      date_modified: inside.now,
      ...(status === null ? {} : { status_id: status }),
    };
    const events = await eventsOf(inside, owner, id, { on: 'update', columns: values });
    if ((await inside.store.update(inside.deployment, owner.name, { id }, values)) === 0) missing(owner, id);
    await recordEvents(inside, events);
    return { as: 'nothing' };
  },
};
