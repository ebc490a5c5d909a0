import type { Surface } from '../../contract/stages.ts';
import type { Route, Routes } from '../../request/05-route/table.ts';
import { BadControl } from '../../runs/bad-control.ts';

/** Which requests: a method and a path, or every one. */
export interface Pattern {
  readonly text: string;
  readonly method: string | undefined;
  /** Below the base of the API, or `['oauth2', endpoint]`; `undefined`: whatever path. */
  readonly path: readonly string[] | undefined;
}

const methods: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'];
const endpoints = ['token', 'revoke', 'authorize'] as const;
const longest = 300;

/**
 * `POST /companies`, `GET *`, `/companies/{id}`, `* /jobs/*`: a method (or `*`) and a path (`{id}` is a number, `*` any segment, and at the end
 * whatever follows), either alone too. Throws `BadControl`.
 */
export function readPattern(text: string): Pattern {
  const words = text.trim().split(/\s+/);
  const method = words[0] === '*' && words.length > 1 ? words.shift() : undefined;
  const named =
    method === undefined && methods.includes((words[0] ?? '').toUpperCase()) ? words.shift() : undefined;
  const [path = '*', ...more] = words;
  if (text.length > longest || more.length > 0 || (path !== '*' && !/^\/?[\w{}*./:@-]+$/.test(path)))
    throw new BadControl(
      `on is "${text.slice(0, 60)}": a method (${methods.join(', ')} or *) and a path are wanted, such as "POST /companies", "GET /companies/{id}" or "GET *"`,
    );
  return Object.freeze({
    text: `${named?.toUpperCase() ?? '*'} ${path === '*' ? '*' : `/${segmentsOf(path).join('/')}`}`,
    method: named?.toUpperCase(),
    path: path === '*' ? undefined : segmentsOf(path),
  });
}

const segmentsOf = (path: string): readonly string[] => belowBase(path.split('/').filter(Boolean));

/** The path that rules are about: without the base and its version. */
export function belowBase(segments: readonly string[]): readonly string[] {
  const [first, second] = segments;
  if (first === 'api' || first === 'public_api') return segments.slice(2);
  if (first === 'oauth2') return ['oauth2', ...segments.slice(second === 'v0' ? 2 : 1)];
  return segments;
}

/** Whether a request is meant; `method` of the request, `GET` for `HEAD`. */
export const means = (
  { method, path }: Pattern,
  asked: string | undefined,
  segments: readonly string[],
): boolean =>
  (method === undefined || method === asked) && (path === undefined || along(path, segments, sameSegment));

const sameSegment = (wanted: string, segment: string): boolean =>
  wanted === '*' || (wanted.startsWith('{') ? /^\d+$/.test(segment) : wanted === segment);

const sameOfRoute = (wanted: string, segment: string): boolean =>
  wanted === '*' ||
  (segment.startsWith('{') ? wanted.startsWith('{') || /^\d+$/.test(wanted) : wanted === segment);

function along(
  path: readonly string[],
  segments: readonly string[],
  same: (wanted: string, segment: string) => boolean,
): boolean {
  const open = path.at(-1) === '*';
  if (open ? segments.length < path.length : segments.length !== path.length) return false;
  return path.every((wanted, i) => same(wanted, segments[i] ?? ''));
}

/** What a pattern can be about. */
export interface FaultScope {
  readonly routes: readonly Route[];
  readonly surfaces: readonly Surface[];
}

/** Throws `BadControl` when there is nothing of the kind. */
export function scopeOf(pattern: Pattern, { all }: Routes): FaultScope {
  const { method, path } = pattern;
  const routes = all.filter(
    ({ row }) =>
      (method === undefined || method === row.method) &&
      (path === undefined || along(path, row.path.split('/'), sameOfRoute)),
  );
  const others = endpoints.filter(
    (endpoint) =>
      (method === undefined || method === 'POST' || (method === 'GET' && endpoint === 'authorize')) &&
      (path === undefined || along(path, ['oauth2', endpoint], sameSegment)),
  );
  const surfaces: readonly Surface[] = [...(routes.length > 0 ? (['api'] as const) : []), ...others];
  if (surfaces.length > 0) return { routes, surfaces };
  const [first = ''] = path ?? [];
  const near = all.filter(({ row }) => row.path.split('/')[0] === first).map(({ id }) => id);
  const known = near.length > 0 ? near : [...new Set(all.map(({ row }) => row.path.split('/')[0]))];
  throw new BadControl(
    `no request is like "${pattern.text}"; there are: ${known.join(', ')}${near.length > 0 ? '' : ', oauth2/token, oauth2/revoke, oauth2/authorize'}`,
  );
}
