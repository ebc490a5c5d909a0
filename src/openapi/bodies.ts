import { type Catalogue, fieldBehind } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import type { Route } from '../request/05-route/table.ts';
import type { Example } from './examples.ts';
import { pascal } from './method-names.ts';
import { typeName } from './names.ts';
import { one, type Schema, schemaAt, sentence } from './schemas.ts';

const whole: Schema = { type: ['string', 'integer', 'null'], pattern: '^[0-9]*$' };

/** What a kind of field may be sent as: text, or what JSON has for it. Their names begin with `Sent`. */
export const sentKinds: Readonly<Record<string, Schema>> = {
  SentText: { type: ['string', 'number', 'boolean', 'null'] },
  SentUnsigned: { ...whole, description: 'A whole number.' },
  SentInteger: {
    type: ['string', 'integer', 'null'],
    pattern: '^(-?[0-9]+)?$',
    description: 'A whole number with an optional sign.',
  },
  SentMoney: {
    type: ['string', 'number', 'null'],
    pattern: '^(-?[0-9]*[.]?[0-9]*)$',
    description: 'A decimal; as text it stays exact.',
  },
  SentMoment: {
    type: ['string', 'integer', 'null'],
    pattern: '^([0-9]*|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?)$',
    description: 'A unix time in seconds, 0 for none; or a date of ISO 8601, in UTC unless it says its zone.',
  },
  SentFlag: {
    type: ['boolean', 'integer', 'string', 'null'],
    pattern: '^(0|1|no|yes|false|true)?$',
    minimum: 0,
    maximum: 1,
    description: '`true`, `1` or `yes`; `false`, `0` or `no`.',
  },
  SentLink: {
    anyOf: [whole, { type: 'object', properties: { id: whole }, required: ['id'] }],
    description: 'The id of an object, 0 for none; or the object as it was read.',
  },
  SentUri: {
    type: ['string', 'integer', 'null'],
    description: 'The id of an object, with or without its plural before it.',
  },
};

const sentNames: Readonly<Record<string, string>> = {
  unsigned: 'SentUnsigned',
  integer: 'SentInteger',
  money: 'SentMoney',
  moment: 'SentMoment',
  flag: 'SentFlag',
  yesno: 'SentFlag',
  link: 'SentLink',
  uri: 'SentUri',
};

/** What one writable parameter takes. What is no field of the resources is its verb's own: its text is read there. */
function sentSchema(likely: readonly Resource[], name: string, catalogue: Catalogue): Schema {
  const resource = likely.find((each) => fieldBehind(each, name) !== undefined);
  const field = resource?.fields[fieldBehind(resource, name) ?? ''];
  if (!field || field.made) {
    const to = name.endsWith('_id') ? catalogue.bySingular.get(name.slice(0, -'_id'.length)) : undefined;
    return to ? { description: `The id of ${one(to.singular)}.` } : {};
  }
  const { name: kind, values, limit, expects } = field.kind;
  const to = catalogue.resources.get(field.to ?? '');
  const wanted = to
    ? `The id of ${one(to.singular)}, 0 for none; or the object as it was read`
    : sentence(expects);
  const description = { description: `${wanted}.` };
  if (values) return { type: ['string', 'null'], enum: [...values, '', null], ...description };
  if (kind === 'text' && limit !== undefined)
    return { ...schemaAt('SentText'), maxLength: limit, ...description };
  return { ...schemaAt(sentNames[kind] ?? 'SentText'), ...description };
}

/** The same in a part of a multipart body, where all is text. */
const asText = ({ description }: Schema): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
});

interface Named {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Whose fields the names are, the likeliest first. */
  readonly likely: readonly Resource[];
}

function namesOf({ row, owner, answered }: Route): Named {
  if (row.act === 'create') return { ...owner.create, likely: [owner] };
  if (row.act === 'update') return { required: [], optional: owner.update, likely: [owner] };
  const names = row.act === 'verb' ? (row.parameters ?? []) : [];
  return {
    required: names.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1)),
    optional: names.filter((name) => !name.endsWith('!')),
    // Another resource's name stands for what the verb answers.
    likely: [answered, owner],
  };
}

function bodySchema(
  { row }: Route,
  { required, optional, likely }: Named,
  catalogue: Catalogue,
  files: boolean,
): Schema {
  const uploads = new Set(row.uploads);
  const names = [...new Set([...required, ...optional, ...(files ? uploads : [])])].filter(
    (name) => files || !uploads.has(name),
  );
  const wanted = required.filter((name) => names.includes(name) && !uploads.has(name));
  return {
    type: 'object',
    properties: Object.fromEntries(
      names.map((name) => [
        name,
        uploads.has(name)
          ? { type: 'string', format: 'binary', description: 'A file; one at most.' }
          : files
            ? asText(sentSchema(likely, name, catalogue))
            : sentSchema(likely, name, catalogue),
      ]),
    ),
    ...(wanted.length > 0 ? { required: wanted } : {}),
  };
}

export interface Body {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly requestBody: Schema;
}

/** The body of an operation and the schemas it refers to; `undefined` where nothing is written. */
export function bodyOf(
  route: Route,
  operation: string,
  catalogue: Catalogue,
  example: Example | undefined,
): Body | undefined {
  const { row, owner } = route;
  const named = namesOf(route);
  if (row.method === 'GET' || named.required.length + named.optional.length === 0) return undefined;
  const name = row.act === 'verb' ? `${pascal(operation)}Body` : `${pascal(row.act)}${typeName(owner)}Body`;
  const needsFile = (row.uploads ?? []).some((upload) => named.required.includes(upload));
  const schemas: Record<string, Schema> = {};
  const content: Record<string, Tree> = {};
  const recorded = (type: string): Schema =>
    example?.sent?.type === type ? { examples: { recorded: { value: example.sent.body } } } : {};
  if (!needsFile) {
    schemas[name] = bodySchema(route, named, catalogue, false);
    // What knows one type only takes the first.
    for (const type of ['application/json', 'application/x-www-form-urlencoded'])
      content[type] = { schema: schemaAt(name), ...recorded(type) };
  }
  if (row.uploads) {
    schemas[`${name}WithFile`] = bodySchema(route, named, catalogue, true);
    content['multipart/form-data'] = {
      schema: schemaAt(`${name}WithFile`),
      ...recorded('multipart/form-data'),
    };
  }
  return { schemas, requestBody: { required: named.required.length > 0, content } };
}
