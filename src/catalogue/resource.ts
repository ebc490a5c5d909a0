import type { Event } from './event.ts';
import { alias, type Field, type FieldDraft, unsigned } from './fields.ts';
import type { Stored } from './kinds/kind.ts';
import type { Personal } from './personal.ts';
import type { RequestRow } from './request.ts';
import { own, type Source } from './source.ts';

export type AccessLevel = 'none' | 'standard' | 'admin';

/** The filters of a list, by kind, as the documentation groups them. A name is a field, a column of one, or one of `sources`. */
export interface Filters {
  readonly basic?: readonly string[];
  readonly date?: readonly string[];
  readonly range?: readonly string[];
  readonly order?: readonly string[];
  /** References that filter by object, `against(company(1,2))`. */
  readonly object?: readonly string[];
}

export interface WritableParameters {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
}

/** The time of the write, the staff member who writes, or a value as stored. */
export type Mark = 'now' | 'caller' | { readonly value: Stored };

/** Rows that not everybody may see: `private` ones only their owner, `confidential` ones with `hides` masked for all others. */
export interface Secrecy {
  readonly visibility: string;
  /** The value of `visibility` that makes a row private; `private` unless told. */
  readonly word?: string;
  /** A reference (`owner`: `owner_type` and `owner_id`) that names the one staff member who sees all. */
  readonly owner: string;
  readonly hides: readonly string[];
}

/** An object of another resource that is against a new one. */
export interface Brought {
  readonly resource: string;
  /** Its reference that names the new object. */
  readonly reference: string;
  /** Its fields that take a source of the new object. */
  readonly with: Readonly<Record<string, Source>>;
}

/** What a trait adds to a resource: requests, parts (resources of their own below its path) and the property shared code asks for. */
export interface Trait {
  readonly requests?: readonly RequestRow[];
  readonly parts?: readonly Resource[];
  readonly progression?: Progression;
  readonly custom?: Custom;
}

/** Fields that a deployment adds: a write sets them by parameters that begin with `prefix`, and `values` is the resource that holds what they say. */
export interface Custom {
  readonly prefix: string;
  readonly values: string;
}

/** How an object moves between statuses. */
export interface Progression {
  /** Its link to the status that it has. */
  readonly status: string;
  /** The resource of the progressions that are allowed. */
  readonly table: string;
  /** The resource that has a row for each progression that was run. */
  readonly history: string;
}

export interface Spec<F extends string> {
  readonly singular: string;
  readonly plural: string;
  /** Name of the table and key of the catalogue; the plural unless told (parts: `company_statuses`). */
  readonly name?: string;
  /** As messages name it; the singular with a capital unless told. */
  readonly title?: string;
  /** Whose scope and access govern it; its own name unless told (parts: the root's). */
  readonly scope?: string;
  readonly fields: Readonly<Record<F, FieldDraft>>;
  /** Each a list of fields whose values together are unique in a deployment (rows with an absent value are not compared). */
  readonly unique?: readonly (readonly NoInfer<F>[])[];
  readonly sources?: Readonly<Record<string, Source>>;
  readonly filters?: Filters;
  readonly search?: readonly (NoInfer<F> | Source)[];
  /** What a breadcrumb or a message calls an object. */
  readonly titled: NoInfer<F> | Source;
  /** The field that leads to the parent object, for breadcrumbs: a link or a reference. */
  readonly parent?: NoInfer<F>;
  readonly create?: WritableParameters;
  readonly update?: readonly string[];
  /** What a write calls a field, where the names differ: `{ status_id: 'status' }`. */
  readonly parameters?: Readonly<Record<string, NoInfer<F>>>;
  /** Fields that take their value from the object a link points to, at each write: `{ standing: ['status', 'standing'] }`. */
  readonly follows?: Readonly<Partial<Record<F, readonly [link: NoInfer<F>, field: string]>>>;
  /** Fields that take their value from the object a link points to, when the link is written and they are not: `{ rate_charged: ['rate', 'charged'] }`. */
  readonly takes?: Readonly<Partial<Record<F, readonly [link: NoInfer<F>, field: string]>>>;
  /** What a write that changes `standing` to one of these says besides, unless the caller says it: `{ closed: { date_closed: 'now', closed_by: 'caller' } }`. */
  readonly marks?: Readonly<Record<string, Readonly<Partial<Record<NoInfer<F>, Mark>>>>>;
  /** The kinds of object a reference may name, by singular: `{ against: ['company', 'job'] }`. */
  readonly references?: Readonly<Partial<Record<F, readonly string[]>>>;
  /** References to every kind of object that is like this, whichever files there are: `{ against: (kind) => kind.progression !== undefined }`. */
  readonly refers?: Readonly<Partial<Record<F, (kind: Resource) => boolean>>>;
  readonly requests: readonly RequestRow[];
  readonly traits?: readonly Trait[];
  readonly parts?: readonly Resource[];
  /** The least access that may do each; read, create and update: standard, remove: admin unless told. */
  readonly access?: Partial<Readonly<Record<'read' | 'create' | 'update' | 'remove', AccessLevel>>>;
  readonly secrecy?: Secrecy;
  /** Texts that may say something of people, by what that is. */
  readonly personal?: Readonly<Partial<Record<Personal, readonly NoInfer<F>[]>>>;
  /** What others may subscribe to. */
  readonly events?: readonly Event[];
  /** Fields that rows are looked up by, beside those that a list may be ordered by and links. */
  readonly indexed?: readonly NoInfer<F>[];
  /** Links and references without which a row means nothing: it goes with the object that they name. */
  readonly dependent?: readonly NoInfer<F>[];
  /** The field that holds the key of the file that an object is (`files/`). */
  readonly content?: NoInfer<F>;
  /** The field that keeps where the deployment was reached when the object was made: `http://planet-express.api.localhost:4280`. */
  readonly origin?: NoInfer<F>;
  /** What the API creates along with an object, and removes with it. */
  readonly brings?: readonly Brought[];
  /** Objects with `_ALL` give every optional field; some parts do not support it. */
  readonly all?: boolean;
}

export interface Resource {
  readonly name: string;
  readonly singular: string;
  readonly plural: string;
  readonly title: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly unique: readonly (readonly string[])[];
  readonly sources: Readonly<Record<string, Source>>;
  readonly filters: Required<Filters>;
  readonly search: readonly Source[];
  readonly titled: Source;
  readonly parent: string | undefined;
  readonly create: Required<WritableParameters>;
  readonly update: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly follows: Readonly<Record<string, readonly [link: string, field: string]>>;
  readonly takes: Readonly<Record<string, readonly [link: string, field: string]>>;
  readonly marks: Readonly<Record<string, Readonly<Record<string, Mark>>>>;
  readonly references: Readonly<Record<string, readonly string[]>>;
  readonly refers: Readonly<Record<string, (kind: Resource) => boolean>>;
  readonly requests: readonly RequestRow[];
  readonly parts: readonly Resource[];
  readonly brings: readonly Brought[];
  readonly access: Readonly<Record<'read' | 'create' | 'update' | 'remove', AccessLevel>>;
  readonly secrecy: Secrecy | undefined;
  readonly personal: Readonly<Partial<Record<Personal, readonly string[]>>>;
  readonly events: readonly Event[];
  readonly indexed: readonly string[];
  readonly progression: Progression | undefined;
  readonly custom: Custom | undefined;
  readonly dependent: readonly string[];
  readonly content: string | undefined;
  readonly origin: string | undefined;
  readonly all: boolean;
}

const sourceOf = (named: string | Source): Source => (typeof named === 'string' ? own(named) : named);

const columnOf = (name: string, draft: FieldDraft): string | undefined =>
  draft.source || draft.reference || draft.made || draft.many || draft.crumbs
    ? undefined
    : name + draft.suffix;

function fieldOf(name: string, draft: FieldDraft): Field {
  const { suffix: _, id: __, ...field } = draft;
  return Object.freeze({ ...field, column: columnOf(name, draft) });
}

/** Completes and freezes one resource; the dangling names that types cannot see are found by `checkCatalogue`. */
export function resource<const F extends string>(spec: Spec<F>): Resource {
  const traits = spec.traits ?? [];
  const name = spec.name ?? spec.plural;
  const fields: Record<string, Field> = {};
  for (const [key, draft] of Object.entries<FieldDraft>(spec.fields)) {
    fields[key] = fieldOf(key, draft);
    if (draft.id) fields[`${key}_id`] = fieldOf(`${key}_id`, alias(key, unsigned(), { shown: draft.id }));
  }
  return Object.freeze<Resource>({
    name,
    singular: spec.singular,
    plural: spec.plural,
    title: spec.title ?? spec.singular.charAt(0).toUpperCase() + spec.singular.slice(1).replaceAll('_', ' '),
    scope: spec.scope ?? name,
    fields: Object.freeze(fields),
    unique: spec.unique ?? [],
    sources: spec.sources ?? {},
    filters: { basic: [], date: [], range: [], order: [], object: [], ...spec.filters },
    search: (spec.search ?? []).map(sourceOf),
    titled: sourceOf(spec.titled),
    parent: spec.parent,
    create: { required: [], optional: [], ...spec.create },
    update: spec.update ?? [],
    parameters: spec.parameters ?? {},
    follows: (spec.follows ?? {}) as Resource['follows'],
    takes: (spec.takes ?? {}) as Resource['takes'],
    marks: (spec.marks ?? {}) as Resource['marks'],
    references: (spec.references ?? {}) as Resource['references'],
    refers: (spec.refers ?? {}) as Resource['refers'],
    requests: [...spec.requests, ...traits.flatMap((trait) => trait.requests ?? [])],
    parts: [...(spec.parts ?? []), ...traits.flatMap((trait) => trait.parts ?? [])],
    access: { read: 'standard', create: 'standard', update: 'standard', remove: 'admin', ...spec.access },
    secrecy: spec.secrecy,
    personal: spec.personal ?? {},
    events: spec.events ?? [],
    indexed: spec.indexed ?? [],
    brings: spec.brings ?? [],
    progression: traits.find((trait) => trait.progression)?.progression,
    custom: traits.find((trait) => trait.custom)?.custom,
    dependent: spec.dependent ?? [],
    content: spec.content,
    origin: spec.origin,
    all: spec.all ?? true,
  });
}
