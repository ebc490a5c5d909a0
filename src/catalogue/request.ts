import type { Source } from './source.ts';

/**
 * What a request does. `verb` is what this resource alone can do, a file of `verbs/`; all others are served by shared code:
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
  | 'verb';

/**
 * What an answer tells of rows, for tools that copy them. A plain list tells its own: this is for the verbs that answer as a list does, and
 * for what an answer tells beside.
 */
export interface Tells {
  /** The key of the list, when the answer is an object. */
  readonly under?: string;
  /** All rows at once, not in pages. */
  readonly whole?: true;
  /** Rows of another resource that each object has under `key` when `_fields` asks for it; the list itself is then under `under`. `by`: their link to the object. */
  readonly carries?: {
    readonly of: string;
    readonly key: string;
    readonly by: string;
    readonly under: string;
  };
  /** The objects answered are tied to the path's object by rows of `of`, which each tells with it: its links to the path's object and to the one answered. */
  readonly ties?: { readonly of: string; readonly path: string; readonly object: string };
  /** The answer is what a file holds that belongs to the path's object, whose fields keep where it is, its SHA-256 and how many bytes it has. */
  readonly file?: { readonly content: string; readonly sha256: string; readonly size: string };
}

/** One documented request. A row is all there is: routes, scopes, permissions, docs and the generic tests follow from it. */
export interface RequestRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API's base, without slashes at the ends: `companies/{company_id}/contacts`. */
  readonly path: string;
  readonly act: Act;
  /** The resource that is answered, when it is not the one that declares the row. */
  readonly of?: string;
  /** `list`: the answer is an object with the list under this key. */
  readonly wrapped?: string;
  /** `list`, `count`, `read`: only objects whose source is the id of the path's object; `type` when the source is a reference such as `against`. */
  readonly within?: { readonly source: Source; readonly type?: string };
  /** `list`: the order unless a filter says otherwise. */
  readonly order?: { readonly by: string; readonly descending: boolean };
  /** `list`, `count`: only objects with these values. */
  readonly only?: Readonly<Record<string, string>>;
  /** `list`: the `_filters` of a request that sends none. */
  readonly usually?: string;
  /** `linked`: the link fields to follow from the path's object. A `verb` may have some to follow too. */
  readonly links?: readonly string[];
  /** `verb`: its name, the file of `verbs/` and the key in it: `timers.start`. */
  readonly verb?: string;
  /** `progress`: run the first progression that leads to a status of this standing, instead of one named in the path. */
  readonly toward?: readonly string[];
  /** Any token will do: it tells only whose the token is. */
  readonly unscoped?: true;
  /** `owner`: what is answered belongs to the object whose path it is below, and that object's scope and access govern it. */
  readonly governed?: 'owner';
  /** A `verb` that reads `_filters` by itself: they are not those of the resource's list. */
  readonly ownFilters?: true;
  /** A `verb` whose answer has a shape of its own: neither `_fields` nor pages change it. */
  readonly shaped?: true;
  /** A `verb` that lists objects of whatever kind: one recorded answer does not say what others are. */
  readonly anyKind?: true;
  /** It acts as a person: a service application may not ask for it. */
  readonly personal?: true;
  /** Names of the parts in which a file may come; one file at most, and none where this is missing. */
  readonly uploads?: readonly string[];
  readonly tells?: Tells;
  /** Parameters of a `verb`, for the docs and the generic tests; required ones end in `!`. */
  readonly parameters?: readonly string[];
}

const row = (
  method: RequestRow['method'],
  path: string,
  act: Act,
  more: Partial<RequestRow> = {},
): RequestRow => Object.freeze({ method, path, act, ...more });

export const list = (path: string, more: Partial<RequestRow> = {}): RequestRow =>
  row('GET', path, 'list', more);
export const count = (path: string, more: Partial<RequestRow> = {}): RequestRow =>
  row('GET', path, 'count', more);
export const read = (path: string, more: Partial<RequestRow> = {}): RequestRow =>
  row('GET', path, 'read', more);
export const recent = (path: string): RequestRow =>
  list(path, { order: { by: 'date_created', descending: true } });
export const newest = (path: string): RequestRow =>
  list(path, { order: { by: 'date_modified', descending: true } });
export const create = (path: string): RequestRow => row('POST', path, 'create');
export const update = (path: string): RequestRow => row('PUT', path, 'update');
export const remove = (path: string): RequestRow => row('DELETE', path, 'remove');
/** The object at the end of `links`, starting from the path's object. */
export const linked = (path: string, of: string, ...links: readonly string[]): RequestRow =>
  row('GET', path, 'linked', { of, links });
/** Objects of another resource that belong to the path's object. */
export const children = (path: string, of: string, source: Source, type?: string): RequestRow =>
  list(path, { of, within: type === undefined ? { source } : { source, type } });
export const countChildren = (path: string, of: string, source: Source, type?: string): RequestRow =>
  count(path, { of, within: type === undefined ? { source } : { source, type } });
/** What this resource alone can do: `name` is a file of `verbs/` and a key in it, `timers.start`. */
export const verb = (
  method: RequestRow['method'],
  path: string,
  name: string,
  more: Pick<
    Partial<RequestRow>,
    | 'of'
    | 'parameters'
    | 'unscoped'
    | 'ownFilters'
    | 'shaped'
    | 'anyKind'
    | 'uploads'
    | 'links'
    | 'governed'
    | 'tells'
  > = {},
): RequestRow => row(method, path, 'verb', { verb: name, ...more });
/** The request as a person's own: service applications may not ask for it. */
export const personal = (request: RequestRow): RequestRow => Object.freeze({ ...request, personal: true });
/** The same request by another method, as the reference allows for some verbs. */
export const by = (method: RequestRow['method'], request: RequestRow): RequestRow =>
  Object.freeze({ ...request, method });
export const listProgressions = (path: string): RequestRow => row('GET', path, 'progressions');
export const progress = (method: 'POST' | 'PUT', path: string, toward?: readonly string[]): RequestRow =>
  row(method, path, 'progress', toward ? { toward } : {});
