import type { Draft, Field } from './fields.ts';
import type { Row } from './request.ts';
import { own, type Source } from './source.ts';

export type Level = 'none' | 'standard' | 'admin';

/** The filters of a list, by kind, as the documentation groups them. A name is a field, a column of one, or one of `sources`. */
export interface Filters {
  readonly basic?: readonly string[];
  readonly date?: readonly string[];
  readonly range?: readonly string[];
  readonly order?: readonly string[];
  /** References that filter by object, `against(company(1,2))`. */
  readonly object?: readonly string[];
}

export interface Parameters {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
}

/** Rows that not everybody may see: `private` ones only their owner, `confidential` ones with `hides` masked for all others. */
export interface Secrecy {
  readonly visibility: string;
  /** A reference (`owner`: `owner_type` and `owner_id`) that names the one staff member who sees all. */
  readonly owner: string;
  readonly hides: readonly string[];
}

/** What a trait adds to a resource: requests, parts (resources of their own below its path) and the property shared code asks for. */
export interface Trait {
  readonly requests?: readonly Row[];
  readonly parts?: readonly Resource[];
  readonly progression?: Progression;
}

/** How an object moves between statuses: `status` is its link field, `table` the resource that holds the allowed moves. */
export interface Progression {
  readonly status: string;
  readonly table: string;
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
  readonly fields: Readonly<Record<F, Draft>>;
  /** Each a list of fields whose values together are unique in a deployment (rows with an absent value are not compared). */
  readonly unique?: readonly (readonly NoInfer<F>[])[];
  readonly sources?: Readonly<Record<string, Source>>;
  readonly filters?: Filters;
  readonly search?: readonly (NoInfer<F> | Source)[];
  /** What a breadcrumb or a message calls an object. */
  readonly titled: NoInfer<F> | Source;
  /** The field that leads to the parent object, for breadcrumbs: a link or a reference. */
  readonly parent?: NoInfer<F>;
  readonly create?: Parameters;
  readonly update?: readonly string[];
  /** What a write calls a field, where the names differ: `{ status_id: 'status' }`. */
  readonly parameters?: Readonly<Record<string, NoInfer<F>>>;
  /** Fields that take their value from the object a link points to, at each write: `{ standing: ['status', 'standing'] }`. */
  readonly follows?: Readonly<Partial<Record<F, readonly [link: NoInfer<F>, field: string]>>>;
  /** The kinds of object a reference may name, by singular: `{ against: ['company', 'job'] }`. */
  readonly references?: Readonly<Partial<Record<F, readonly string[]>>>;
  readonly requests: readonly Row[];
  readonly traits?: readonly Trait[];
  readonly parts?: readonly Resource[];
  /** The least access that may do each; read, create and update: standard, remove: admin unless told. */
  readonly access?: Partial<Readonly<Record<'read' | 'create' | 'update' | 'remove', Level>>>;
  readonly secrecy?: Secrecy;
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
  readonly create: Required<Parameters>;
  readonly update: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly follows: Readonly<Record<string, readonly [link: string, field: string]>>;
  readonly references: Readonly<Record<string, readonly string[]>>;
  readonly requests: readonly Row[];
  readonly parts: readonly Resource[];
  readonly access: Readonly<Record<'read' | 'create' | 'update' | 'remove', Level>>;
  readonly secrecy: Secrecy | undefined;
  readonly progression: Progression | undefined;
  readonly all: boolean;
}

const sourceOf = (named: string | Source): Source => (typeof named === 'string' ? own(named) : named);

const columnOf = (name: string, draft: Draft): string | undefined =>
  draft.source || draft.reference ? undefined : name + draft.suffix;

/** Completes and freezes one resource; the dangling names that types cannot see are found by `checkCatalogue`. */
export function resource<const F extends string>(spec: Spec<F>): Resource {
  const traits = spec.traits ?? [];
  const name = spec.name ?? spec.plural;
  const fields: Record<string, Field> = {};
  for (const [key, { suffix: _, ...draft }] of Object.entries<Draft>(spec.fields)) {
    fields[key] = Object.freeze({ ...draft, column: columnOf(key, spec.fields[key as F]) });
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
    references: (spec.references ?? {}) as Resource['references'],
    requests: [...spec.requests, ...traits.flatMap((trait) => trait.requests ?? [])],
    parts: [...(spec.parts ?? []), ...traits.flatMap((trait) => trait.parts ?? [])],
    access: { read: 'standard', create: 'standard', update: 'standard', remove: 'admin', ...spec.access },
    secrecy: spec.secrecy,
    progression: traits.find((trait) => trait.progression)?.progression,
    all: spec.all ?? true,
  });
}
