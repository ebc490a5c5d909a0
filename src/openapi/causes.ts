import { type CauseName, causesOn, pointsOf, type RowName, rowOf } from '../contract/causes.ts';
import type { Stage, Surface } from '../contract/stages.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import type { Route } from '../request/05-route/table.ts';

/** Causes that a request may be refused for only if its route has a property. What `field.taken` stands for follows from the unique fields. */
const needed: Readonly<Partial<Record<RowName, (route: Route) => boolean>>> = {
  // Of a request of the document, neither the version nor the path before its first id is unknown.
  'version.unknown': () => false,
  'resource.unknown': ({ ids }) => ids.length > 0,
  'object.missing': ({ ids }) => ids.length > 0,
  'parameter.missing': requiresParameter,
  'scope.exceeded': ({ row }) => !row.unscoped,
  'permission.lacking': ({ row }) => !row.unscoped,
  'permission.service': ({ row }) => row.personal === true,
  'field.taken': () => false,
};

const writes = ({ row }: Route): boolean =>
  row.method !== 'GET' && (row.act === 'create' || row.act === 'update' || row.act === 'verb');

function requiresParameter(route: Route): boolean {
  const { row, owner } = route;
  const parameters = row.parameters ?? [];
  return (
    (row.act === 'create' && owner.create.required.length > 0) ||
    parameters.some((name) => name.endsWith('!')) ||
    row.ownFilters === true ||
    // An action may require one of several parameters, and a reference both its type and its id.
    (writes(route) && row.act === 'verb' && parameters.length > 0) ||
    (writes(route) && Object.keys(owner.references).length > 0)
  );
}

/** The causes of the unique fields that a request writes. The value of a custom field is written where it is, and never collides. */
function takenFields(route: Route): readonly CauseName[] {
  const { row, owner, answered } = route;
  if (!writes(route) || row.governed === 'owner') return [];
  return [...new Set([owner, answered])].flatMap(({ unique }) =>
    unique.map((fields): CauseName => `${fields.at(-1)}.taken`),
  );
}

/** The causes that a request of the catalogue may be refused for: those of the API, less those that its route rules out. */
export const causesOf = (route: Route): readonly CauseName[] =>
  sorted([...causesOn('api').filter((cause) => needed[cause]?.(route) ?? true), ...takenFields(route)]);

/** The causes of an endpoint that exists. */
const causesOfEndpoint = (surface: Surface): readonly CauseName[] =>
  sorted(causesOn(surface).filter((cause) => cause !== 'resource.unknown'));

/** The causes of the API that can be raised at one of some stages. */
const causesAt = (...stages: readonly Stage[]): readonly CauseName[] =>
  sorted(
    causesOn('api').filter((cause) =>
      pointsOf(cause, 'api').some((point) => stages.includes(point as Stage)),
    ),
  );

/** The causes of the endpoints that are no request of the catalogue. */
export const endpointCauses = Object.freeze({
  token: causesOfEndpoint('token'),
  revoke: causesOfEndpoint('revoke'),
  authorize: causesOfEndpoint('authorize'),
  metadata: causesAt('deployment'),
  /** Of any other path below the base of the API: such a request ends at its route. */
  elsewhere: causesAt('deployment', 'authentication', 'rate-limit', 'route'),
});

/** By name, each once. */
function sorted(names: readonly CauseName[]): readonly CauseName[] {
  return [...new Set(names)].sort((one, other) => (one < other ? -1 : 1));
}

/** Causes by the HTTP code they are answered with, lowest first. */
export function byCode(names: readonly CauseName[]): ReadonlyMap<number, readonly CauseName[]> {
  const codes = new Map<number, CauseName[]>();
  for (const name of names) {
    const { http } = statuses[rowOf(name).status];
    codes.set(http, [...(codes.get(http) ?? []), name]);
  }
  return new Map([...codes].sort(([one], [other]) => one - other));
}

export const statusesOf = (names: readonly CauseName[]): readonly StatusName[] => [
  ...new Set(names.map((name) => rowOf(name).status)),
];
