import type { Tree } from '../contract/answer.ts';
import { choiceKind } from './kinds/choice.ts';
import { flagKind, yesnoKind } from './kinds/flag.ts';
import { integerKind } from './kinds/integer.ts';
import type { Kind, Stored } from './kinds/kind.ts';
import { momentKind } from './kinds/moment.ts';
import { moneyKind } from './kinds/money.ts';
import { textKind } from './kinds/text.ts';
import { linkKind, unsignedKind, uriKind } from './kinds/unsigned.ts';
import { own, type Source } from './source.ts';

/**
 * The value of a new object's field when the caller sends none:
 * - `now`, `caller`: the time of the write, the staff member who acts;
 * - `first`: the link target's first object (statuses: the first that may start an object, by `ordering`);
 * - `own id`: the id of the object itself (a thread begins with its first activity);
 * - `inherited`: from the object that it is against: that object itself if it is of the link's kind, else its field of this name;
 * - `inherits`: as `inherited`, else this value as stored;
 * - `of`: the value sent for another field of the object;
 * - `value`: as stored.
 */
export type Initial =
  | 'now'
  | 'caller'
  | 'first'
  | 'own id'
  | 'inherited'
  | { readonly inherits: Stored }
  | { readonly value: Stored }
  | { readonly of: string };

export interface Options {
  /**
   * `default`: returned by default. `optional` (the default): by `_fields`, by name or `_ALL`. `explicit`: by name only.
   * `hidden`: never on the wire.
   */
  readonly shown?: 'default' | 'optional' | 'explicit' | 'hidden';
  /** The older name of a field that is returned beside its successor. */
  readonly deprecated?: true;
  /** Read from elsewhere instead of an own column; such a field is never written. */
  readonly source?: Source;
  readonly initial?: Initial;
  /** Set to the time of every write, or to the staff member who wrote. */
  readonly stamped?: 'now' | 'caller';
  /** Links only: the object itself, also when it is not asked for with parentheses. */
  readonly embedded?: true;
  /** Only for staff who have full financial access; absent for all others. */
  readonly financial?: true;
}

export interface LinkOptions extends Options {
  /** The id also under the name `<name>_id`, whatever the link itself shows; `true`: `optional`. */
  readonly id?: true | 'default';
}

/** A value made of an object's sources, as JSON has it. */
export interface Made {
  readonly from: readonly Source[];
  /** `undefined`: the key is left out. */
  readonly of: (values: readonly Stored[]) => Tree | undefined;
  readonly storedFrom: StoredFrom | undefined;
}

/** The own field whose stored value can be read from what a made field shows. */
export interface StoredFrom {
  readonly field: string;
  /** The stored value, from what was shown and the whole object that it was in; `undefined` when it cannot be told from them. */
  readonly read: (shown: unknown, object: Readonly<Record<string, unknown>>) => Stored | undefined;
}

/** Objects that are tied to an object by rows of their own. */
export interface Many {
  /** The resource of these rows. */
  readonly through: string;
  /** Their reference that names the object asked for. */
  readonly reference: string;
  /** Their link to the objects that are answered. */
  readonly link: string;
}

export interface Field {
  readonly kind: Kind;
  readonly shown: 'default' | 'optional' | 'explicit' | 'hidden';
  readonly deprecated: boolean;
  /** The own column that holds it; `undefined` when it is read from `source` or made of other fields. */
  readonly column: string | undefined;
  readonly source: Source | undefined;
  /** Links only: the name of the resource it points to. */
  readonly to: string | undefined;
  /** `"<plural>/<id>"` of a pair of type and id fields, e.g. `against`. */
  readonly reference: { readonly type: string; readonly id: string } | undefined;
  readonly made: Made | undefined;
  readonly many: Many | undefined;
  /** What the field shows of the object's parent: nothing where the caller may not read that. */
  readonly crumbs: 'title' | 'above' | undefined;
  readonly embedded: boolean;
  readonly initial: Initial | undefined;
  readonly stamped: 'now' | 'caller' | undefined;
  readonly financial: boolean;
}

/** A field before it knows its name: `resource()` gives it its column. */
export type FieldDraft = Omit<Field, 'column'> & {
  readonly suffix: '' | '_id';
  /** How the field `<name>_id` beside it is shown; `undefined`: there is none. */
  readonly id: 'optional' | 'default' | undefined;
};

function draft(kind: Kind, options: Options, more: Partial<FieldDraft> = {}): FieldDraft {
  return Object.freeze<FieldDraft>({
    kind,
    shown: options.shown ?? 'optional',
    deprecated: options.deprecated ?? false,
    source: options.source,
    to: undefined,
    reference: undefined,
    made: undefined,
    many: undefined,
    crumbs: undefined,
    embedded: options.embedded ?? false,
    initial: options.initial,
    stamped: options.stamped,
    financial: options.financial ?? false,
    suffix: '',
    id: undefined,
    ...more,
  });
}

export const unsigned = (options: Options = {}): FieldDraft => draft(unsignedKind, options);
export const integer = (options: Options = {}): FieldDraft => draft(integerKind, options);
/** `limit` in characters; 255 by default. */
export const text = (options: Options & { readonly limit?: number } = {}): FieldDraft =>
  draft(textKind(options.limit ?? 255), options);
export const flag = (options: Options = {}): FieldDraft => draft(flagKind, options);
export const yesno = (options: Options = {}): FieldDraft => draft(yesnoKind, options);
export const moment = (options: Options = {}): FieldDraft => draft(momentKind, options);
/** `scale`: digits after the point; 2 by default. */
export const money = (options: Options & { readonly scale?: number } = {}): FieldDraft =>
  draft(moneyKind(options.scale ?? 2), options);
export const choice = (values: readonly string[], options: Options = {}): FieldDraft =>
  draft(choiceKind(values), options);
/** "unsigned or object": the id, or the linked object itself when asked for with parentheses. Column `<name>_id`. */
export const link = (to: string, options: LinkOptions = {}): FieldDraft => linked(linkKind, to, options);
/** A link that reads `"<plural>/<id>"` unless the object itself is asked for. `to` is the plural too. Column `<name>_id`. */
export const uri = (to: string, options: LinkOptions = {}): FieldDraft => linked(uriKind(to), to, options);
const linked = (kind: Kind, to: string, options: LinkOptions): FieldDraft =>
  draft(kind, options, { to, suffix: options.source ? '' : '_id', id: idShown(options.id) });
const idShown = (id: LinkOptions['id']): FieldDraft['id'] => (id === true ? 'optional' : id);
/** The same value under another name: a deprecated alias, or `status_id` beside `status`. */
export const alias = (of: string, kindOf: FieldDraft, options: Options = {}): FieldDraft =>
  draft(kindOf.kind, { ...options, source: own(of) }, { to: kindOf.to });
/** `"<plural>/<id>"`, made of `<name>_type` and `<name>_id`. */
export const reference = (name: string, options: Options = {}): FieldDraft =>
  draft(textKind(255), options, { reference: { type: `${name}_type`, id: `${name}_id` } });
/** Made of other values each time it is read; neither written nor filtered by. */
export const made = (
  from: readonly Source[],
  of: Made['of'],
  { storedFrom, ...options }: Options & { readonly storedFrom?: StoredFrom } = {},
): FieldDraft => draft(textKind(255), options, { made: { from, of, storedFrom } });
/** The title of the object's parent, for callers who may read that; neither written nor filtered by. */
export const parentTitle = (options: Options = {}): FieldDraft =>
  draft(textKind(255), options, { crumbs: 'title' });
/** The breadcrumbs of the object's parent. */
export const parentBreadcrumbs = (options: Options = {}): FieldDraft =>
  draft(textKind(255), options, { crumbs: 'above' });
/** A list of objects, at the ends of the rows of `through` that are against the object; neither written nor filtered by. */
export const many = (through: string, reference: string, link: string, options: Options = {}): FieldDraft =>
  draft(textKind(255), options, { many: { through, reference, link } });
