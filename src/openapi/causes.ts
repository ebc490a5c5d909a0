import { type CauseName, rowOf } from '../contract/causes.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import type { Route } from '../request/05-route/table.ts';

/** What may go wrong with any request, whoever asks: the request itself, and the server. */
const anywhere = [
  'deployment.unknown',
  'store.unreachable',
  'store.busy',
  'routine.threw',
  'body.malformed',
  'parameter.repeated',
  'parameter.invalid',
  // `_method` may name none.
  'method.unknown',
] as const satisfies readonly CauseName[];

const ofBearers = [
  'token.missing',
  'token.unknown',
  'token.expired',
  'token.revoked',
  'user.invalid',
  'credentials.several',
  'credentials.unsupported',
  'address.restricted',
  'domain.restricted',
  'window.exhausted',
  'data.corrupt',
] as const satisfies readonly CauseName[];

const ofClients = [
  'credentials.missing',
  'credentials.several',
  'credentials.unsupported',
  'client.unknown',
  'client.locked',
  'secret.wrong',
  'address.restricted',
  'domain.restricted',
  'parameter.missing',
] as const satisfies readonly CauseName[];

const ofGrants = [
  'grant_type.unsupported',
  'grant_type.forbidden',
  'grant.unknown',
  'grant.expired',
  'grant.revoked',
  'grant.consumed',
  'grant.foreign',
  'redirect.mismatched',
  'verifier.wrong',
  'refresh.unknown',
  'refresh.expired',
  'refresh.revoked',
  'refresh.replayed',
  'refresh.foreign',
  'scope.malformed',
  'scope.unknown',
  'scope.exceeded',
  'user.invalid',
] as const satisfies readonly CauseName[];

/** The causes that a request of the catalogue may be refused for. They follow from its row and its resource, stage by stage. */
export function causesOf({ row, owner, answered, ids }: Route): readonly CauseName[] {
  const names: CauseName[] = [...anywhere, ...ofBearers];
  // 05: what cannot be an id names nothing; what could be one may not be there.
  if (ids.length > 0) names.push('resource.unknown', 'object.missing');
  const { required } = owner.create;
  const asked = row.parameters ?? [];
  const takes = row.act === 'create' || row.act === 'update' || row.act === 'verb';
  // 06, and half a reference in 08.
  const half = takes && row.method !== 'GET' && Object.keys(owner.references).length > 0;
  if (
    (row.act === 'create' && required.length > 0) ||
    asked.some((name) => name.endsWith('!')) ||
    row.ownFilters ||
    // A verb may want one of several.
    (row.act === 'verb' && row.method !== 'GET' && asked.length > 0) ||
    half
  )
    names.push('parameter.missing');
  // 07
  if (!row.unscoped) names.push('scope.exceeded', 'permission.lacking');
  if (row.personal) names.push('permission.service');
  // 08; the value of a custom field is set where it is, and takes nobody's place.
  if (takes && row.method !== 'GET' && row.governed !== 'owner')
    for (const { unique } of new Set([owner, answered]))
      for (const fields of unique) names.push(`${fields.at(-1)}.taken`);
  return sorted(names);
}

/** The causes of the endpoints that are no request of the catalogue. */
export const endpointCauses = Object.freeze({
  token: sorted([...anywhere, ...ofClients, ...ofGrants]),
  revoke: sorted([...anywhere, ...ofClients]),
  authorize: sorted([
    ...anywhere,
    'client.unknown',
    'parameter.missing',
    'grant_type.forbidden',
    'scope.malformed',
    'scope.unknown',
    'scope.exceeded',
    'password.wrong',
    'factor.wrong',
    'user.locked',
  ]),
  metadata: sorted(['deployment.unknown', 'store.unreachable', 'store.busy', 'routine.threw']),
  /** Whatever else is asked for below the base of the API. */
  elsewhere: sorted([...anywhere, ...ofBearers, 'version.unknown', 'resource.unknown', 'object.missing']),
});

/** In the order of the contract, each once; the causes of unique fields last. */
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
