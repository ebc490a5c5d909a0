import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Parameters } from '../catalogue/sent.ts';
import { refuse } from '../contract/refuse.ts';
import { type Person, reaches } from '../identity/people.ts';
import type { Values } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { parameterOf, readCustom, type SentValue } from './custom-value.ts';
import { missing } from './missing.ts';
import { insertObject, updateObject } from './write.ts';

interface OneObject {
  readonly resource: Resource;
  readonly id: number;
}

/** A field of one object. */
interface FieldOfObject extends OneObject {
  /** The id of the object's type, when fields are for one type only. */
  readonly type?: number | undefined;
  /** The resource of the values. */
  readonly values: Resource;
  /** The id of the field. */
  readonly field: number;
}

const columns = ['field_type', 'option_lines', 'lookup_type', 'required', 'link_type'] as const;

/**
 * Sets the value of a field that a deployment added, on one object: its first, or instead of the one there is. Returns the id of the value.
 * Refuses `object.missing` for a field that such an object does not have, `permission.lacking` for one that this person may not edit,
 * `parameter.missing` and `parameter.invalid` for the value.
 */
export async function setCustom(
  context: WriteContext,
  person: Person,
  { resource, id, type, values, field }: FieldOfObject,
  sent: SentValue,
): Promise<number> {
  const { catalogue, store, deployment } = context;
  const fields = resourceNamed(catalogue, values.fields.field?.to ?? '');
  const typed = fields.fields.link_type_id !== undefined;
  const extra = [...columns, ...(typed ? ['link_type_id', 'archived'] : ['restrictions'])];
  const row = await store.find(deployment, fields.name, extra, { id: field });
  if (!row || row.link_type !== resource.singular || (typed && row.link_type_id !== type))
    missing(fields, field);
  checkEditable(row, person, resource);
  const of = {
    type: String(row.field_type),
    options: row.option_lines ?? null,
    lookup: row.lookup_type ?? null,
  };
  const value = await readCustom(of, sent, context);
  const name = sent.name ?? parameterOf(of.type);
  if (!value) refuse('parameter.missing', { field: name });
  if (row.required === 1 && value.stored === null && value.value_id === null)
    refuse('parameter.invalid', { field: name, detail: 'it is required and cannot be emptied' });
  const where = { link_type: resource.singular, link_id: id, field_id: field };
  // Of two requests that set the first value, the second changes the one of the first.
  await store.claim(deployment, resource.name, { id });
  const known = await store.find(deployment, values.name, ['id'], where);
  const written = { ...value };
  if (known) {
    await updateObject(context, values, Number(known.id), { values: written, names: {} });
    return Number(known.id);
  }
  const { field_id, ...rest } = where;
  return insertObject(context, values, { values: { ...written, ...rest, field: field_id }, names: {} });
}

/** `all` and `edit`: everybody who may write the object; `process` and `admin`: its administrators. An archived field cannot be written. */
function checkEditable(row: Values, person: Person, { scope }: Resource): void {
  const narrow = ['process', 'admin'].includes(String(row.restrictions));
  if (row.archived === 1) refuse('permission.lacking', { detail: 'edit a field that is archived' });
  if (narrow && !reaches(person.access, scope, 'admin'))
    refuse('permission.lacking', { detail: `edit a field that is for the ${row.restrictions} permission` });
}

/** Sets the fields that a write of the object itself names, `profile.12=…`. Refuses as `setCustom`, `parameter.invalid` for what is no id of a field. */
export async function setCustomsOf(
  context: WriteContext,
  person: Person,
  { resource, id }: OneObject,
  parameters: Parameters,
): Promise<void> {
  const { custom } = resource;
  if (!custom) return;
  for (const name of parameters.names?.() ?? []) {
    if (!name.startsWith(custom.prefix)) continue;
    const field = Number(name.slice(custom.prefix.length));
    if (!Number.isSafeInteger(field) || field < 1)
      refuse('parameter.invalid', {
        field: name.slice(0, 60),
        detail: 'the id of a field is wanted after the point',
      });
    const sent: SentValue = { name, get: (asked) => (asked === name ? parameters.get(name) : undefined) };
    const values = resourceNamed(context.catalogue, custom.values);
    await setCustom(context, person, { resource, id, values, field }, sent);
  }
}
