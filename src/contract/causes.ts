import type { Cause } from './cause.ts';
import { oauthCauses } from './oauth-causes.ts';
import { type RefusalPoint, type Surface, stageOfPoint, stagesOfSurface, thrownAnywhere } from './stages.ts';

/** The causes that lie in a request, in the objects it is about, in what the caller may do, or in the server. */
const requestCauses = {
  'field.taken': {
    status: 'duplicate',
    raisedAt: { api: 'operation' },
    message: '{object}: {singular} with that {field} already exists.',
    because: 'The write would repeat a value that has to be unique.',
    origin: 'older page',
    remedy: 'Choose another value, or update the object that has it.',
  },
  'resource.unknown': {
    status: 'invalid_request',
    raisedAt: { api: 'route', token: 'route' },
    message: 'There is no such resource: {detail}.',
    because: 'The path names no request of this API.',
    origin: 'older page',
    remedy: 'Check the path against docs/reference/resources.md.',
  },
  'version.unknown': {
    status: 'invalid_request',
    raisedAt: { api: 'route' },
    message: 'There is no such version: {detail}. Only v0 exists.',
    because: 'The path names a version other than v0.',
    origin: 'older page',
    remedy: 'Use /api/v0 (or /public_api/v0).',
  },
  'method.unknown': {
    status: 'invalid_request',
    raisedAt: { api: 'route', token: 'route', revoke: 'route', authorize: 'route' },
    message: 'The method {detail} is not available here.',
    because: 'The path exists, but not with this method; or `_method` names none of get, post, put, delete.',
    origin: 'ours',
    remedy: 'Use a method that docs/reference/resources.md lists for this path.',
  },
  'parameter.missing': {
    status: 'invalid_request',
    raisedAt: {
      api: ['parameters', 'operation'],
      token: 'operation',
      revoke: 'operation',
      authorize: ['parameters', 'authentication'],
    },
    message: 'A required parameter is missing: {field}.',
    because: 'A required parameter is missing.',
    origin: 'older page',
    remedy: 'Send the parameter that the message names.',
  },
  'parameter.invalid': {
    status: 'invalid_request',
    raisedAt: {
      api: ['parameters', 'operation'],
      token: 'operation',
      revoke: 'operation',
      authorize: ['parameters', 'authentication', 'operation'],
    },
    message: 'The parameter {field} is not valid: {detail}.',
    because: 'A parameter has a value that is not valid for it.',
    origin: 'older page',
    remedy: 'Send a value of the kind that the message describes.',
  },
  'parameter.repeated': {
    status: 'invalid_request',
    raisedAt: {
      api: 'parameters',
      token: 'parameters',
      revoke: 'parameters',
      authorize: ['parameters', 'authentication'],
    },
    message: 'The parameter {field} was sent more than once.',
    because: 'A parameter occurs twice in the query, twice in the body, or once in each.',
    origin: 'older page',
    remedy: 'Send each parameter once.',
  },
  'body.malformed': {
    status: 'invalid_request',
    raisedAt: {
      api: ['parameters', 'transport', 'deployment', 'route'],
      token: ['parameters', 'deployment'],
      revoke: ['parameters', 'deployment'],
      authorize: ['authentication', 'deployment'],
    },
    message: 'The request could not be read: {detail}.',
    because:
      'The request line, a header or the body is malformed, in the wrong encoding, or larger than allowed.',
    origin: 'older page',
    remedy: 'Send a body that is what its Content-Type says, in UTF-8, within the limits.',
  },
  'credentials.several': {
    status: 'invalid_request',
    raisedAt: { api: 'authentication', token: 'authentication', revoke: 'authentication' },
    message: 'The request includes several credentials: {detail}.',
    because: 'Credentials were sent in two places at once.',
    origin: 'older page',
    remedy: 'Send credentials in one place: the Authorization header.',
  },
  'object.missing': {
    status: 'invalid_request',
    raisedAt: { api: ['operation', 'route'] },
    message: 'There is nothing to return: {detail} does not exist.',
    because: 'The object asked for does not exist in this deployment, or may not be seen by this user.',
    origin: 'older page',
    remedy: 'Check the id, and that the object belongs to this deployment and is visible to the user.',
  },
  'store.unreachable': {
    status: 'server_error',
    raisedAt: thrownAnywhere('authentication'),
    message: 'Something went wrong on our side; we have been notified. Request {request}.',
    because:
      'The database cannot be reached, or cannot be written: its disk is full, or it may only be read.',
    origin: 'older page',
    remedy: 'Bring the database back, or make room on its disk; the server goes on by itself.',
  },
  'store.busy': {
    status: 'server_error',
    raisedAt: thrownAnywhere('operation'),
    message: 'The server is too busy for this request; try again after a pause. Request {request}.',
    because: 'The database is there, but a connection or a lock was waited for in vain.',
    origin: 'ours',
    remedy:
      'Send the request again after Retry-After. Where it lasts: find what holds the database, or give it more room.',
  },
  'deployment.unknown': {
    status: 'server_error',
    raisedAt: { api: 'deployment', token: 'deployment', revoke: 'deployment', authorize: 'deployment' },
    message: 'Something went wrong on our side; we have been notified. Request {request}.',
    because: 'The host of the request names no deployment, or one that is disabled.',
    origin: 'older page',
    remedy: 'Check the host name: `accord deployment list`.',
  },
  'routine.threw': {
    status: 'server_error',
    raisedAt: thrownAnywhere('operation'),
    message: 'Something went wrong on our side; we have been notified. Request {request}.',
    because: 'A routine threw something that is not a refusal.',
    origin: 'older page',
    remedy: 'Report the incident with its request id; this is a defect of the server.',
  },
  'data.corrupt': {
    status: 'server_error',
    raisedAt: { api: ['representation', 'operation'] },
    message: 'Something went wrong on our side; we have been notified. Request {request}.',
    because: 'A stored row does not decode to what the catalogue says it is.',
    origin: 'older page',
    remedy: 'Repair or remove the row that the incident names.',
  },
  'permission.lacking': {
    status: 'invalid_permission',
    raisedAt: { api: ['permission', 'operation'] },
    message: 'You do not have permission to {detail}.',
    because: "The user's access does not cover the action.",
    origin: 'older page',
    remedy: 'Give the staff member access to the resource: `accord staff set --access`.',
  },
  'permission.service': {
    status: 'invalid_permission',
    raisedAt: { api: 'permission' },
    message: 'A service application may not {detail}: this acts as a person.',
    because: 'A service application asks for what acts as a person.',
    origin: 'current page',
    remedy: 'Use a web or installed application, authorized by the person.',
  },
  'window.exhausted': {
    status: 'too_many_requests',
    raisedAt: { api: 'rate-limit' },
    message: 'The deployment has used up its requests for this hour.',
    because: 'The deployment made more requests this hour than its limit.',
    origin: 'current page',
    remedy: 'Wait for the end of the window (X-RateLimit-Reset), or raise --rate-limit.',
  },
} as const satisfies Record<string, Cause>;

const rows = { ...oauthCauses, ...requestCauses };

/** A cause of the table, or the name that a unique field gives to `field.taken` (`username.taken`, `name.taken`, …). */
export type RowName = keyof typeof rows;
export type CauseName = RowName | `${string}.taken`;

export const causes: Readonly<Record<RowName, Cause>> = Object.freeze(rows);

/** The row of a cause: its own, or that of `field.taken`. */
export function rowOf(cause: CauseName): Cause {
  return (causes as Record<string, Cause>)[cause] ?? causes['field.taken'];
}

/** Whether a cause is that of one unique field: `username.taken`. */
export const isTakenField = (cause: string): boolean => /^[a-z_]+\.taken$/.test(cause);

/** Where a cause is raised on a surface, the usual point first; empty where it does not happen. `field.taken` stands for the causes of unique fields. */
export function pointsOf(cause: CauseName, surface: Surface): readonly RefusalPoint[] {
  const name = isTakenField(cause) ? 'field.taken' : cause;
  const points = Object.hasOwn(causes, name) ? causes[name as RowName].raisedAt[surface] : undefined;
  return typeof points === 'string' ? [points] : (points ?? []);
}

/** The causes of a surface in the order of its stages. */
export function causesOn(surface: Surface): readonly RowName[] {
  const order = stagesOfSurface[surface];
  const placeOf = (cause: RowName): number =>
    order.indexOf(stageOfPoint(pointsOf(cause, surface)[0] ?? 'status'));
  return (Object.keys(causes) as RowName[])
    .filter((cause) => pointsOf(cause, surface).length > 0)
    .sort((one, other) => placeOf(one) - placeOf(other));
}
