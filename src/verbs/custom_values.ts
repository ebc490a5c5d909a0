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
 * `GET /{object}/profiles/values`, `GET /{object}/{id}/profiles/values`, and the same for extensions: the values of the fields that a deployment added.
 * Confidential ones are listed for administrators of the object only. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (request, world) => {
    const { route, ids, caller } = request;
    const subject = route.subject ?? route.owner;
    const [id] = ids;
    if (id !== undefined) await checkSeen(viewerOf(request, world), subject, id);
    const on = (name: string) => expressionOf(world.catalogue, route.answered, { own: name });
    const own: readonly Condition[] = [
      { test: '=', on: on('link_type'), value: subject.singular },
      ...(id === undefined ? [] : [{ test: '=', on: on('link_id'), value: id } as const]),
      ...(reaches(caller.person.access, subject.scope, 'admin')
        ? []
        : [{ not: { test: '=', on: on('confidential'), value: 1 } } as const]),
    ];
    const where = both(request.where, ...own);
    return {
      as: 'list',
      loaded: await loadList(world, request, where, request.order),
    };
  },
});

/** The object of the path, with its type when the fields are for one type only. It cannot be removed until the commit. Refuses `object.missing`. */
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

/** `POST …/profiles/fields/{id}`: sets a value, and returns it. Refuses as `setCustom`. */
const set = writeVerb({
  run: async (request, context) => {
    const about = await aboutOf(request, context);
    const [, field = 0] = request.ids;
    const { caller, route, parameters } = request;
    const id = await setCustom(
      context,
      caller.person,
      { ...about, values: route.answered, field },
      parameters,
    );
    return answerObject(request, context, id);
  },
});

/** `PUT …/profiles/values/{id}`. Refuses as `setCustom`, `object.missing` for a value that is not the object's. */
const update = writeVerb({
  run: async (request, context) => {
    const about = await aboutOf(request, context);
    const [, id = 0] = request.ids;
    const values = resourceNamed(context.catalogue, request.route.answered.name);
    const where = { id, link_type: about.resource.singular, link_id: about.id };
    const row = await context.store.find(context.deployment, values.name, ['field_id'], where);
    if (!row) missing(values, id);
    const field = { ...about, values, field: Number(row.field_id) };
    await setCustom(context, request.caller.person, field, request.parameters);
    return answerObject(request, context, id);
  },
});

export default { list, set, update };
