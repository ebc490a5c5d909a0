import { resourceNamed } from '../catalogue/catalogue.ts';
import { type Stored, wholeNumber } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Parameters } from '../catalogue/sent.ts';
import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { insertObject, updateObject } from '../objects/write.ts';
import type { Written } from '../objects/written.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import type { Writing } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';

/**
 * `POST /addresses` and `POST /{object}/{id}/addresses`. A country or state may be given by id or by name. With `overwrite` the object's
 * addresses of the same use (postal, physical) give theirs up. Refuses `parameter.missing`, `parameter.invalid`, `object.missing`.
 */
const create = writeVerb({
  run: async (asked, context) => {
    const addresses = resourceNamed(context.catalogue, 'addresses');
    const { subject } = asked.route;
    const [id] = asked.ids;
    const against =
      subject && id !== undefined ? { against_type: subject.singular, against_id: id } : undefined;
    if (
      against &&
      !(await context.store.holds(context.deployment, (subject as Resource).name, { id: against.against_id }))
    )
      missing(subject as Resource, against.against_id);
    const required = against ? [] : addresses.create.required;
    const written = parseValues(asked.parameters, addresses, {
      required,
      optional: addresses.create.optional,
    });
    const values = { ...written.values, ...against, ...(await placeIn(asked.parameters, context)) };
    if (['1', 'yes', 'true'].includes(textOf(asked.parameters, 'overwrite') ?? ''))
      await giveUp(context, addresses, values);
    const created = await insertObject(context, addresses, { values, names: written.names });
    await describe(context, created);
    return answerObject(asked, context, created);
  },
});

/** `PUT /addresses/{id}`. */
const update = writeVerb({
  run: async (asked, context) => {
    const addresses = resourceNamed(context.catalogue, 'addresses');
    const [id = 0] = asked.ids;
    const written: Written = parseValues(asked.parameters, addresses, {
      required: [],
      optional: addresses.update,
    });
    const values = { ...written.values, ...(await placeIn(asked.parameters, context)) };
    await updateObject(context, addresses, id, { values, names: written.names });
    await describe(context, id);
    return answerObject(asked, context, id);
  },
});

async function giveUp(
  { store, deployment }: WriteContext,
  addresses: Resource,
  values: Readonly<Record<string, Stored>>,
): Promise<void> {
  const of = { against_type: values.against_type ?? null, against_id: values.against_id ?? null };
  for (const use of ['postal', 'physical']) {
    if (values[use] === 1) await store.update(deployment, addresses.name, { ...of, [use]: 1 }, { [use]: 0 });
  }
}

/** Country and state as sent: an id, or a name (a state also by its abbreviation). */
async function placeIn(
  parameters: Parameters,
  context: WriteContext,
): Promise<Record<string, number | null>> {
  const country = await named(context, parameters, 'country', 'countries', ['title']);
  const state = await named(context, parameters, 'state', 'states', ['title', 'abbreviation']);
  return { ...(country === undefined ? {} : { country }), ...(state === undefined ? {} : { state }) };
}

async function named(
  context: WriteContext,
  parameters: Parameters,
  name: string,
  table: string,
  columns: readonly string[],
): Promise<number | null | undefined> {
  const field = parameters.has(`${name}_id`) ? `${name}_id` : name;
  const sent = textOf(parameters, field);
  if (sent === undefined) return undefined;
  if (sent === '' || sent === '0') return null;
  const { store, deployment } = context;
  const id = wholeNumber(sent);
  if (id !== undefined) {
    if (await store.holds(deployment, table, { id })) return id;
  } else {
    for (const column of columns) {
      const found = await store.find(deployment, table, ['id'], { [column]: sent });
      if (found) return found.id as number;
    }
  }
  return refuse('parameter.invalid', { field, detail: `no ${name} has this id or name` });
}

/** `full` and `short` are made of the other parts whenever one is written. */
async function describe({ store, deployment }: WriteContext, id: number): Promise<void> {
  const row = await store.find(
    deployment,
    'addresses',
    ['street1', 'city', 'zipcode', 'state_id', 'country_id'],
    { id },
  );
  if (!row) return;
  const state = await titleOf(store, deployment, 'states', 'abbreviation', row.state_id);
  const country = await titleOf(store, deployment, 'countries', 'title', row.country_id);
  const join = (...parts: readonly (Stored | undefined)[]): string =>
    parts.filter((part) => part !== null && part !== undefined && part !== '').join(', ');
  const rest = [row.city, row.zipcode, state, country];
  await store.update(
    deployment,
    'addresses',
    { id },
    { full: join(row.street1, ...rest), short: join(...rest) },
  );
}

async function titleOf(
  store: Writing,
  deployment: number,
  table: string,
  column: string,
  id: Stored | undefined,
): Promise<Stored> {
  if (id == null) return null;
  const row = await store.find(deployment, table, ['title', column], { id });
  return row?.[column] ?? row?.title ?? null;
}

export default { create, update };
