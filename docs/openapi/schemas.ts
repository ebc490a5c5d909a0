import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Field } from '../../src/catalogue/fields.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Tree } from '../../src/contract/answer.ts';
import { type StatusName, statuses } from '../../src/contract/statuses.ts';

export type Schema = { readonly [key: string]: Tree };

export const schemaAt = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const string = (pattern: string, description: string): Schema => ({
  type: ['string', 'null'],
  pattern: `^${pattern}$`,
  description,
});

/** What a kind of field is on the wire: text, always, and `null` when absent. Their names begin with a capital, those of resources do not. */
const kinds: Readonly<Record<string, Schema>> = {
  Text: { type: ['string', 'null'] },
  Unsigned: string('[0-9]+', 'A whole number, as text.'),
  Integer: string('-?[0-9]+', 'A whole number with an optional sign, as text.'),
  Money: string('-?[0-9]+\\.[0-9]*', 'An exact decimal, as text.'),
  Moment: string('[0-9]+', 'A unix time in seconds, as text.'),
  Flag: { enum: ['0', '1', null] },
  YesNo: { enum: ['yes', 'no', null] },
  Uri: string('[a-z_]+/[0-9]+', 'The plural of a kind of object, and an id.'),
};

const kindNames: Readonly<Record<string, string>> = {
  text: 'Text',
  unsigned: 'Unsigned',
  integer: 'Integer',
  money: 'Money',
  moment: 'Moment',
  flag: 'Flag',
  yesno: 'YesNo',
  link: 'Unsigned',
  uri: 'Uri',
};

const shown: Readonly<Record<Field['shown'], string>> = {
  default: 'Returned without being asked for.',
  optional: 'Returned when `_fields` names it, or `_ALL`.',
  explicit: 'Returned when `_fields` names it.',
  hidden: '',
};

type Resources = Catalogue['resources'];

function valueSchema(field: Field, resources: Resources): Schema {
  if (field.made) return {};
  if (field.many) {
    const target = resources.get(field.many.through)?.fields[field.many.link]?.to;
    return { type: 'array', items: target ? schemaAt(target) : {} };
  }
  if (field.reference) return schemaAt('Uri');
  if (field.crumbs) return schemaAt(field.crumbs === 'title' ? 'Text' : 'Breadcrumbs');
  if (field.to && field.embedded) return { anyOf: [schemaAt(field.to), { type: 'null' }] };
  const { name, values } = field.kind;
  if (values) return { enum: [...values, null] };
  const kind = schemaAt(kindNames[name] ?? 'Text');
  return field.to ? { anyOf: [kind, schemaAt(field.to)] } : kind;
}

/** An object of a resource, with every field that it may have. */
function resourceSchema(resource: Resource, resources: Resources): Schema {
  const properties: Record<string, Tree> = {};
  for (const [name, field] of Object.entries(resource.fields)) {
    if (field.shown === 'hidden') continue;
    const link = field.to ? ' The id, or the object itself where `_fields` has it with parentheses.' : '';
    properties[name] = {
      ...valueSchema(field, resources),
      description: `${shown[field.shown]}${link}`,
      ...(field.deprecated ? { deprecated: true } : {}),
    };
  }
  properties.breadcrumbs = schemaAt('Breadcrumbs');
  return { title: resource.title, type: 'object', properties };
}

const meta = (names: readonly StatusName[], http?: Schema): Schema => ({
  type: 'object',
  properties: {
    // Lockouts have a word of their own where a deployment is set to the current status page.
    status: { enum: [...names] },
    message: { type: 'string' },
    more_info: { type: 'string', format: 'uri' },
    ...(http ? { response_code: http } : {}),
  },
  required: ['status'],
});

const every = Object.keys(statuses) as StatusName[];
const failing = every.filter((name) => name !== 'ok');

const envelopes: Readonly<Record<string, Schema>> = {
  MetaOk: meta(['ok'], { const: 200 }),
  Refusal: {
    description: 'What a request is answered that did not succeed.',
    type: 'object',
    properties: { meta: schemaAt('MetaRefused'), response: { type: 'null' } },
    required: ['response'],
  },
  MetaRefused: meta(failing, { enum: [...new Set(failing.map((name) => statuses[name].http))].sort() }),
  Suppressed: {
    description: 'A refusal under HTTP 200: the caller sent `_suppress_http_status`.',
    allOf: [
      schemaAt('Refusal'),
      { properties: { meta: { required: ['response_code'] } }, required: ['meta'] },
    ],
  },
  Count: {
    type: 'object',
    properties: { count: { type: 'string', pattern: '^[0-9]+$' } },
    required: ['count'],
  },
  Breadcrumbs: {
    description: 'The objects above this one, nearest first. Returned when `_fields` names it.',
    type: 'array',
    items: {
      type: 'object',
      properties: {
        id: schemaAt('Unsigned'),
        table: { type: 'string' },
        title: { type: ['string', 'null'] },
      },
      required: ['id', 'table', 'title'],
    },
  },
  Progression: {
    description: 'A move to another status.',
    type: 'object',
    properties: {
      id: schemaAt('Unsigned'),
      title: schemaAt('Text'),
      status: {
        type: 'object',
        properties: {
          id: schemaAt('Unsigned'),
          title: schemaAt('Text'),
          color: schemaAt('Text'),
          standing: schemaAt('Text'),
          ordering: schemaAt('Unsigned'),
          start: schemaAt('YesNo'),
        },
      },
    },
    required: ['id', 'title', 'status'],
  },
  OAuthError: {
    description: 'RFC 6749, 5.2.',
    type: 'object',
    properties: {
      error: { enum: failing },
      error_description: { type: 'string' },
      error_uri: { type: 'string', format: 'uri' },
    },
    required: ['error', 'error_description'],
  },
};

/** The schemas that operations refer to: resources by name, and what is common to all answers. */
export function schemas({ resources }: Catalogue): Readonly<Record<string, Schema>> {
  return {
    ...kinds,
    ...envelopes,
    ...Object.fromEntries(
      [...resources.values()]
        .map((resource) => [resource.name, resourceSchema(resource, resources)] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
  };
}

/** An envelope around a response. It may come under HTTP 200 for a refusal too, if the caller wants that. */
export const enveloped = (response: Schema): Schema => ({
  anyOf: [
    { type: 'object', properties: { meta: schemaAt('MetaOk'), response }, required: ['response'] },
    schemaAt('Suppressed'),
  ],
});
