import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Field } from '../catalogue/fields.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import { typeName } from './names.ts';

export type Schema = { readonly [key: string]: Tree };

export const schemaAt = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const string = (pattern: string, description: string): Schema => ({
  type: ['string', 'null'],
  pattern: `^${pattern}$`,
  description,
});

/** What a kind of field is on the wire: text, always, and `null` when absent. Only an id is never absent. */
export const kinds: Readonly<Record<string, Schema>> = {
  Id: { type: 'string', pattern: '^[0-9]+$', description: 'The id of an object: a whole number, as text.' },
  Text: { type: ['string', 'null'] },
  Unsigned: string('[0-9]+', 'A whole number, as text.'),
  Integer: string('-?[0-9]+', 'A whole number with an optional sign, as text.'),
  Money: string('-?[0-9]+\\.[0-9]*', 'An exact decimal, as text.'),
  Moment: string('[0-9]+', 'A unix time in seconds, as text.'),
  Flag: { type: ['string', 'null'], enum: ['0', '1', null] },
  YesNo: { type: ['string', 'null'], enum: ['yes', 'no', null] },
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

/** Whether a field is the id of the object itself: of all columns, the one that no row is without. */
function isOwnId({ fields }: Resource, name: string): boolean {
  const source = fields[name]?.source;
  return name === 'id' || (source !== undefined && 'own' in source && source.own === 'id');
}

/** How deep an object is in another one. */
type Depth = 'whole' | 'linked';

/**
 * An object that a field leads to. What is in it leads to objects of which no more is said than that they have an id: if every link led to
 * whole objects, those who follow all references would read each resource thousands of times.
 */
const linkedAt = (resource: Resource, depth: Depth): Schema =>
  schemaAt(depth === 'whole' ? `Linked${typeName(resource)}` : 'LinkedObject');

function valueSchema(resource: Resource, name: string, resources: Resources, depth: Depth): Schema {
  const field = resource.fields[name] as Field;
  const to = resources.get(field.to ?? '');
  if (field.made) return {};
  if (field.many) {
    const target = resources.get(resources.get(field.many.through)?.fields[field.many.link]?.to ?? '');
    return { type: 'array', items: target ? linkedAt(target, depth) : {} };
  }
  if (isOwnId(resource, name)) return schemaAt('Id');
  if (field.reference) return schemaAt('Uri');
  if (field.crumbs) return schemaAt(field.crumbs === 'title' ? 'Text' : 'Breadcrumbs');
  if (to && field.embedded) return { anyOf: [linkedAt(to, depth), { type: 'null' }] };
  const { name: kind, values } = field.kind;
  if (values) return { type: ['string', 'null'], enum: [...values, null] };
  const plain = schemaAt(kindNames[kind] ?? 'Text');
  return to ? { anyOf: [plain, linkedAt(to, depth)] } : plain;
}

/** What is in every object unless its caller sent `_hide_defaults`: what is made may be left out, and lists within lists have an end. */
const isAlways = ({ shown: when, made, many }: Field): boolean => when === 'default' && !made && !many;

const article = (word: string): string => (/^[aeiou]/.test(word) ? 'an' : 'a');
const plainly = (name: string): string => name.replaceAll('_', ' ');

/** `a company`, `an issue`. */
export const one = (name: string): string => `${article(name)} ${plainly(name)}`;

const linkText = ({ singular }: Resource, embedded: boolean): string =>
  embedded
    ? ` ${sentence(one(singular))}, whole.`
    : ` The id of ${one(singular)}, or the object itself where \`_fields\` has it with parentheses.`;

/** An object of a resource, with every field that it may have. */
function resourceSchema(resource: Resource, resources: Resources, depth: Depth): Schema {
  const properties: Record<string, Tree> = {};
  for (const [name, field] of Object.entries(resource.fields)) {
    if (field.shown === 'hidden') continue;
    const to = resources.get(field.to ?? '');
    const link = to ? linkText(to, field.embedded === true) : '';
    // Some resources do not know `_ALL`.
    const when = field.shown === 'optional' && !resource.all ? 'explicit' : field.shown;
    properties[name] = {
      ...valueSchema(resource, name, resources, depth),
      description: `${shown[when]}${link}`,
      ...(field.deprecated ? { deprecated: true } : {}),
    };
  }
  properties.breadcrumbs = {
    ...schemaAt('Breadcrumbs'),
    description: `The objects above this one, nearest first. ${shown.explicit}`,
  };
  const always = Object.keys(resource.fields).filter((name) => isAlways(resource.fields[name] as Field));
  return {
    ...(depth === 'whole' ? { title: resource.title } : {}),
    type: 'object',
    properties,
    ...(always.length > 0 ? { required: always } : {}),
    'x-resource': resource.name,
  };
}

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The schemas of the resources, by name: as they are answered, and as they are within others. */
export const resourceSchemas = ({ resources }: Catalogue): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    [...resources.values()]
      .flatMap((resource) => [
        [typeName(resource), resourceSchema(resource, resources, 'whole')] as const,
        [`Linked${typeName(resource)}`, resourceSchema(resource, resources, 'linked')] as const,
      ])
      .sort(([first], [second]) => (first < second ? -1 : 1)),
  );
