import type { Source } from './source.ts';

/**
 * What a request does. `action` is a verb of its own, in `request/08-operation/actions/`; all others are served by shared code:
 * `linked` answers the object at the end of a chain of links, `progressions` what may be run on an object, `progress` runs one.
 */
export type Act =
  | 'list'
  | 'count'
  | 'read'
  | 'create'
  | 'update'
  | 'remove'
  | 'linked'
  | 'progressions'
  | 'progress'
  | 'action';

/** One documented request. A row is all there is: routes, scopes, permissions, docs and the generic tests follow from it. */
export interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API's base, without slashes at the ends: `companies/{company_id}/contacts`. */
  readonly path: string;
  readonly act: Act;
  /** The resource that is answered, when it is not the one that declares the row. */
  readonly of?: string;
  /** `list`, `count`: only objects whose source is the id of the path's object; `type` when the source is a reference such as `against`. */
  readonly within?: { readonly source: Source; readonly type?: string };
  /** `list`: the order unless a filter says otherwise. */
  readonly order?: { readonly by: string; readonly descending: boolean };
  /** `linked`: the link fields to follow from the path's object. */
  readonly links?: readonly string[];
  /** `action`: the file in `actions/`. */
  readonly action?: string;
  /** `progress`: run the first progression that leads to a status of this standing, instead of one named in the path. */
  readonly toward?: readonly string[];
  /** Any token will do: it tells only whose the token is. */
  readonly unscoped?: true;
  /** An `action` that reads `_filters` by itself: they are not those of the resource's list. */
  readonly ownFilters?: true;
  /** It acts as a person: a service application may not ask for it. */
  readonly personal?: true;
  /** Parameters of an `action`, for the docs and the generic tests; required ones end in `!`. */
  readonly parameters?: readonly string[];
}

const row = (method: Row['method'], path: string, act: Act, more: Partial<Row> = {}): Row =>
  Object.freeze({ method, path, act, ...more });

export const list = (path: string, more: Partial<Row> = {}): Row => row('GET', path, 'list', more);
export const count = (path: string, more: Partial<Row> = {}): Row => row('GET', path, 'count', more);
export const read = (path: string): Row => row('GET', path, 'read');
export const recent = (path: string): Row => list(path, { order: { by: 'date_created', descending: true } });
export const newest = (path: string): Row => list(path, { order: { by: 'date_modified', descending: true } });
export const create = (path: string): Row => row('POST', path, 'create');
export const update = (path: string): Row => row('PUT', path, 'update');
export const remove = (path: string): Row => row('DELETE', path, 'remove');
/** The object at the end of `links`, starting from the path's object. */
export const linked = (path: string, of: string, ...links: readonly string[]): Row =>
  row('GET', path, 'linked', { of, links });
/** Objects of another resource that belong to the path's object. */
export const children = (path: string, of: string, source: Source, type?: string): Row =>
  list(path, { of, within: type === undefined ? { source } : { source, type } });
export const countChildren = (path: string, of: string, source: Source, type?: string): Row =>
  count(path, { of, within: type === undefined ? { source } : { source, type } });
/** A verb of its own: `name` is the file in `request/08-operation/actions/`. */
export const action = (
  method: Row['method'],
  path: string,
  name: string,
  more: Pick<Partial<Row>, 'of' | 'parameters' | 'unscoped' | 'ownFilters'> = {},
): Row => row(method, path, 'action', { action: name, ...more });
export const progressions = (path: string): Row => row('GET', path, 'progressions');
export const progress = (method: 'POST' | 'PUT', path: string, toward?: readonly string[]): Row =>
  row(method, path, 'progress', toward ? { toward } : {});
