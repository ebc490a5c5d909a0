import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import { reaches } from '../identity/people.ts';
import { setCustom } from '../objects/custom.ts';
import { missing } from '../objects/missing.ts';
import { checkSeen } from '../objects/seen.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { loadList } from '../request/08-operation/load.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import { viewerOf } from '../request/08-operation/viewer.ts';
import { expressionOf } from '../store/expression.ts';
import { both, type Condition } from '../store/query.ts';
import type { WriteContext } from '../store/write-context.ts';

/**
 * `GET /{object}/profiles/values`, `GET /{object}/{id}/profiles/values`, and the same of extensions: what the fields that a deployment added say.
 * Confidential ones are listed for administrators of the object only. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (asked, world) => {
    const { route, ids, deployment, caller, selection, page, order } = asked;
    const subject = route.subject ?? route.owner;
    const [id] = ids;
    if (id !== undefined) await checkSeen(viewerOf(asked, world), subject, id);
    const on = (name: string) => expressionOf(world.catalogue, route.answered, { own: name });
    const own: readonly Condition[] = [
      { test: '=', on: on('link_type'), value: subject.singular },
      ...(id === undefined ? [] : [{ test: '=', on: on('link_id'), value: id } as const]),
      ...(reaches(caller.person.access, subject.scope, 'admin')
        ? []
        : [{ not: { test: '=', on: on('confidential'), value: 1 } } as const]),
    ];
    const where = both(asked.where, ...own);
    return {
      as: 'list',
      loaded: await loadList(world, deployment.id, caller, selection, where, order, page),
    };
  },
});

/** The type of the object of the path, when the fields are for one type only; it is held until the commit. Refuses `object.missing`. */
async function aboutOf({ route, ids }: Permitted, { store, deployment }: WriteContext) {
  const subject = route.subject ?? route.owner;
  const [id = 0] = ids;
  if (!(await store.holds(deployment, subject.name, { id }))) missing(subject, id);
  const [link] = route.row.links ?? [];
  if (link === undefined) return { resource: subject, id };
  const { column = '' } = fieldNamed(subject, link);
  const row = await store.find(deployment, subject.name, [column], { id });
  return { resource: subject, id, type: Number(row?.[column] ?? 0) };
}

/** `POST …/profiles/fields/{id}`: sets a value, and answers it. Refuses as `setCustom`. */
const set = writeVerb({
  run: async (asked, context) => {
    const about = await aboutOf(asked, context);
    const [, field = 0] = asked.ids;
    const id = await setCustom(
      context,
      asked.caller.person,
      asked.route.answered,
      field,
      about,
      asked.parameters,
    );
    return answerObject(asked, context, id);
  },
});

/** `PUT …/profiles/values/{id}`. Refuses as `setCustom`, `object.missing` for a value that is not the object's. */
const update = writeVerb({
  run: async (asked, context) => {
    const about = await aboutOf(asked, context);
    const [, id = 0] = asked.ids;
    const values = resourceNamed(context.catalogue, asked.route.answered.name);
    const where = { id, link_type: about.resource.singular, link_id: about.id };
    const row = await context.store.find(context.deployment, values.name, ['field_id'], where);
    if (!row) missing(values, id);
    await setCustom(context, asked.caller.person, values, Number(row.field_id), about, asked.parameters);
    return answerObject(asked, context, id);
  },
});

export default { list, set, update };
