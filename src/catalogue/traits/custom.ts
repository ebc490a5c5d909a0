import { by, list, type RequestRow, verb } from '../request.ts';
import type { Resource, Trait } from '../resource.ts';

const parameters = ['value', 'value_int', 'value_date', 'value_id', 'value_type'] as const;

interface Rows {
  readonly singular: string;
  readonly plural: string;
  /** The segment of the path, and the first half of the names of the two resources: `profile` of `profiles`, `profile_fields`, `profile_values`. */
  readonly word: 'profile' | 'extension';
  /** Below `{plural}/{id}/`: how the reference writes the path of setting a value. */
  readonly set: readonly (readonly [method: 'POST' | 'PUT', path: string])[];
  readonly update: boolean;
  /** The link of the object to its type, when a field is for objects of one type only. */
  readonly type?: string;
}

function rowsOf({ singular, plural, word, set, update, type }: Rows): readonly RequestRow[] {
  const object = `${plural}/{${singular}_id}`;
  const fields = { of: `${word}_fields`, governed: 'owner' } as const;
  const values = { of: `${word}_values`, governed: 'owner' } as const;
  const writes = { ...values, parameters, ...(type === undefined ? {} : { links: [type] }) };
  return [
    list(`${plural}/${word}s/fields`, { ...fields, only: { link_type: singular } }),
    verb('GET', `${plural}/${word}s/values`, 'custom_values.list', { ...values, tells: {} }),
    verb('GET', `${object}/${word}s/values`, 'custom_values.list', values),
    ...set.map(([method, path]) =>
      by(method, verb('POST', `${object}/${path}`, 'custom_values.set', writes)),
    ),
    ...(update
      ? [verb('PUT', `${object}/${word}s/values/{${word}_value_id}`, 'custom_values.update', writes)]
      : []),
  ];
}

/** Whether objects of a kind have values of this word. */
export const hasCustom =
  (word: Rows['word']) =>
  ({ requests }: Resource): boolean =>
    requests.some(({ of, method }) => of === `${word}_values` && method === 'GET');

interface More {
  /** Paths of setting a value that the reference has beside the usual one, or instead of it. */
  readonly set?: Rows['set'];
  /** Whether the reference has requests that write. */
  readonly written?: boolean;
}

/**
 * Profile fields ("Profiles" of the reference): for all objects of this kind.
 * A write of an object sets them too, as `profile.<id of the field>`.
 */
export function profiles(singular: string, plural: string, { set = [], written = true }: More = {}): Trait {
  const usual = [['POST', 'profiles/fields/{profile_field_id}']] as const;
  return {
    requests: rowsOf({
      singular,
      plural,
      word: 'profile',
      set: written ? [...usual, ...set] : [],
      update: written,
    }),
    ...(written ? { custom: { prefix: 'profile.', values: 'profile_values' } } : {}),
  };
}

/** Extension fields ("Extensions (Custom Fields)" of the reference): each is for objects of one type, to which the link `type` leads. */
export function extensions(singular: string, plural: string, type: string): Trait {
  const set = [['POST', 'extensions/fields/{extension_field_id}']] as const;
  return { requests: rowsOf({ singular, plural, word: 'extension', set, update: true, type }) };
}
