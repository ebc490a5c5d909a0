import type { CauseName, RowName } from '../../contract/causes.ts';
import type { Point, Surface } from '../../request/fault.ts';

type Points = Readonly<Partial<Record<Point, readonly RowName[]>>>;

const clients: Points = {
  deployment: ['deployment.unknown'],
  authentication: [
    'credentials.missing',
    'credentials.several',
    'credentials.unsupported',
    'client.unknown',
    'client.locked',
    'secret.wrong',
    'address.restricted',
    'domain.restricted',
    'store.unreachable',
  ],
  route: ['resource.unknown', 'method.unknown'],
  parameters: ['body.malformed', 'parameter.missing', 'parameter.invalid', 'parameter.repeated'],
  operation: ['routine.threw', 'store.busy'],
};

/** Where a cause strikes, by what is asked: on entering the stage that refuses it first when it happens by itself. */
const surfaces: Readonly<Record<Surface, Points>> = {
  api: {
    deployment: ['deployment.unknown'],
    authentication: [
      'credentials.several',
      'credentials.unsupported',
      'token.missing',
      'token.unknown',
      'token.expired',
      'token.revoked',
      'user.invalid',
      'address.restricted',
      'domain.restricted',
      'store.unreachable',
    ],
    'rate-limit': ['window.exhausted'],
    route: ['version.unknown', 'resource.unknown', 'method.unknown'],
    parameters: ['body.malformed', 'parameter.missing', 'parameter.invalid', 'parameter.repeated'],
    permission: ['scope.exceeded', 'permission.lacking', 'permission.service'],
    operation: ['object.missing', 'field.taken', 'routine.threw', 'store.busy'],
    representation: ['data.corrupt'],
  },
  token: {
    ...clients,
    operation: [
      'routine.threw',
      'store.busy',
      'grant_type.unsupported',
      'grant_type.forbidden',
      'grant.unknown',
      'grant.foreign',
      'grant.revoked',
      'grant.consumed',
      'grant.expired',
      'redirect.mismatched',
      'verifier.wrong',
      'refresh.unknown',
      'refresh.foreign',
      'refresh.revoked',
      'refresh.expired',
      'refresh.replayed',
      'scope.malformed',
      'scope.unknown',
      'scope.exceeded',
      'user.invalid',
    ],
  },
  revoke: clients,
  authorize: {
    deployment: ['deployment.unknown'],
    route: ['method.unknown'],
    // Until it is known whom to answer, a page says what was wrong.
    authentication: ['client.unknown', 'grant_type.forbidden', 'body.malformed', 'store.unreachable'],
    parameters: [
      'parameter.missing',
      'parameter.invalid',
      'parameter.repeated',
      'scope.malformed',
      'scope.unknown',
    ],
    operation: ['routine.threw', 'store.busy'],
    'sign-in': ['password.wrong', 'user.locked'],
    code: ['factor.wrong'],
  },
};

const pointOf = new Map<string, Point>();
for (const [surface, points] of Object.entries(surfaces))
  for (const [point, names] of Object.entries(points))
    for (const name of names) pointOf.set(`${surface} ${name}`, point as Point);

export const isTaken = (cause: CauseName): boolean => /^[a-z_]+\.taken$/.test(cause);

/** `undefined`: the cause does not happen there. */
export const pointFor = (surface: Surface, cause: CauseName): Point | undefined =>
  cause === 'field.taken' ? undefined : pointOf.get(`${surface} ${isTaken(cause) ? 'field.taken' : cause}`);

/** The causes of a surface, in the order of its stages; `field.taken` stands for those of unique fields. */
export const causesOn = (surface: Surface): readonly RowName[] => Object.values(surfaces[surface]).flat();
