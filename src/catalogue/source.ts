/**
 * Where a value comes from, as data: the store turns it into SQL. Shared by fields, filters, orders, search and breadcrumbs,
 * so that "the country of a company's postal address" is stated once, in the resource's file.
 */
export type Source =
  /** A field of the same object. */
  | { readonly own: string }
  /** Fields of the same object, joined by single spaces (absent ones left out). */
  | { readonly joined: readonly string[] }
  /** Any of several sources (for filters and search). */
  | { readonly any: readonly Source[] }
  /** A source of the object that a link field points to. */
  | { readonly via: string; readonly source: Source }
  /**
   * A source of the objects of `having` whose field `by` holds this object's id. Filters only. `type`: their field that must name this
   * kind of object, when `by` is half a reference.
   */
  | { readonly having: string; readonly by: string; readonly type?: string; readonly source: Source }
  /** The sum of a source over the objects of `total` that are tied to this one, 0 when there are none. */
  | { readonly total: string; readonly tie: Tie; readonly source: Source }
  /** The lowest value of a source over the objects of `lowest` that are tied to this one, absent when there are none. */
  | { readonly lowest: string; readonly tie: Tie; readonly source: Source }
  /** The highest value of a source over the objects of `highest` that are tied to this one, absent when there are none. */
  | { readonly highest: string; readonly tie: Tie; readonly source: Source }
  /** How many objects of `counted` are tied to this one. */
  | { readonly counted: string; readonly tie: Tie }
  /** Sources added up, absent ones as 0. */
  | { readonly plus: readonly Source[] }
  /** Taken away from the others in a `plus`; absent as 0. */
  | { readonly minus: Source }
  /** Two decimals multiplied and rounded to the nearest whole unit, halves away from zero; `per`: how many units of the product make one. Inside `total` only. */
  | { readonly times: readonly [Source, Source]; readonly per: number }
  /** Another source for each value of a field, 0 for other values. */
  | { readonly choose: string; readonly cases: Readonly<Record<string, Source>> };

/** Which objects of another resource belong to one: all conditions hold. */
export type Tie = readonly TieOn[];

export type TieOn =
  /** A field of theirs has this value. */
  | { readonly field: string; readonly is: string }
  /** A field of theirs equals a field of the object asked for. */
  | { readonly field: string; readonly same: string }
  /** A field of theirs is the id of one of the objects of `among` that are tied to the object asked for. */
  | { readonly field: string; readonly among: string; readonly tie: Tie }
  /** A field of theirs is the id in the field `same` of the object asked for, or the id of anything below it in the tree that the link `by` of `tree` makes. */
  | { readonly field: string; readonly tree: string; readonly by: string; readonly same: string };

export const own = (field: string): Source => ({ own: field });
export const joined = (...fields: readonly string[]): Source => ({ joined: fields });
export const any = (...sources: readonly Source[]): Source => ({ any: sources });
export const via = (link: string, source: Source | string): Source => ({
  via: link,
  source: typeof source === 'string' ? own(source) : source,
});
export const having = (resource: string, by: string, source: Source | string): Source => ({
  having: resource,
  by,
  source: typeof source === 'string' ? own(source) : source,
});
export const total = (resource: string, tie: Tie, source: Source | string): Source => ({
  total: resource,
  tie,
  source: typeof source === 'string' ? own(source) : source,
});
/** The first object tied to this one, by its id. */
export const firstTied = (resource: string, tie: Tie): Source => ({
  lowest: resource,
  tie,
  source: own('id'),
});
export const highest = (resource: string, tie: Tie, source: string): Source => ({
  highest: resource,
  tie,
  source: own(source),
});
export const counted = (resource: string, tie: Tie): Source => ({ counted: resource, tie });
export const same = (field: string, as: string): TieOn => ({ field, same: as });
export const is = (field: string, value: string): TieOn => ({ field, is: value });
