/**
 * Where a value comes from, as data: the store turns it into SQL. Shared by fields, filters, orders, search and breadcrumbs,
 * so that "the country of a company's postal address" is said once, in the resource's file.
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
  /** A source of the objects of `resource` whose link field `by` points here. Equality filters only. */
  | { readonly having: string; readonly by: string; readonly source: Source };

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
