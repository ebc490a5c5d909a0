import type { StatusName } from './statuses.ts';

/** Where a row comes from: a generation of the public status page, what was recorded of the hosted service, or this project. */
export type Origin = 'older page' | 'current page' | 'recorded' | 'ours';

export interface Cause {
  readonly status: StatusName;
  /** What is safe to say on the wire. `{field}`, `{detail}` and `{object}` are filled in where the refusal carries them. */
  readonly message: string;
  /** When this happens: the documented sentence, in our own words. For the operator, never on the wire. */
  readonly because: string;
  readonly origin: Origin;
  /** What would have to change for the request to succeed; printed by `accord explain`. */
  readonly remedy: string;
}

// One message for all of them: a caller must not learn which half of its credentials was right (docs/reference/statuses.md, "What is not told").
const client = 'Could not authenticate the client';
// Recorded from the hosted service for every bad token.
const access = 'Could not authorize your access';
const grant = 'Grant was not found (possibly expired).';

const rows = {
  'credentials.missing': {
    status: 'invalid_client',
    message: client,
    because: 'A token request carries no client credentials.',
    origin: 'older page',
    remedy: 'Send the client id and secret by HTTP Basic, or as client_id and client_secret in the body.',
  },
  'credentials.unsupported': {
    status: 'invalid_client',
    message: 'This authentication scheme is not supported: use {detail}.',
    because: 'The authentication scheme is not one the endpoint knows.',
    origin: 'older page',
    remedy: 'Use Basic (or the body) at the OAuth endpoints and Bearer for resources.',
  },
  'client.unknown': {
    status: 'invalid_client',
    message: client,
    because: 'No such application exists in this deployment, or it is disabled.',
    origin: 'older page',
    remedy: 'Check the client id and the deployment in the host name: `accord application list`.',
  },
  'secret.wrong': {
    status: 'invalid_client',
    message: client,
    because: 'The client secret is wrong.',
    origin: 'older page',
    remedy:
      'Use the secret shown when the application was created, or make a new one: `accord application rotate`.',
  },
  'address.restricted': {
    status: 'invalid_client',
    message: 'Access from this address is restricted.',
    because: "The caller's IP address is outside the application's allow-list.",
    origin: 'older page',
    remedy: 'Add the address (or its CIDR range) to the application, or call from an allowed one.',
  },
  'domain.restricted': {
    status: 'invalid_client',
    message: 'Access from this domain is restricted.',
    because: "The caller's Origin or Referer host is outside the application's domain list.",
    origin: 'older page',
    remedy: 'Add the domain to the application, or send an Origin that is allowed.',
  },
  'client.locked': {
    status: 'invalid_client',
    message: client,
    because:
      'Failed authentications of this client from this address exceeded the maximum; each try while locked starts the wait anew.',
    origin: 'older page',
    remedy:
      'Stop trying for as long as Retry-After says, then use the right credentials. Whoever runs the server can end it: `accord lockout clear`.',
  },
  'user.locked': {
    status: 'invalid_client',
    message: 'The username or password is not right.',
    because:
      'Failed sign-ins for this username from this address exceeded the maximum; each try while locked starts the wait anew.',
    origin: 'older page',
    remedy:
      'Stop trying for as long as Retry-After says, then sign in with the right password. Whoever runs the server can end it: `accord lockout clear`.',
  },
  'password.wrong': {
    status: 'invalid_client',
    message: 'The username or password is not right.',
    because: 'A sign-in named an unknown user, a user who may not sign in, or the wrong password.',
    origin: 'ours',
    remedy: 'Check the username and set a new password if need be: `accord staff set`.',
  },
  'factor.wrong': {
    status: 'invalid_client',
    message: 'The code is not right.',
    because:
      'After the right password a sign-in gave a code that is not of the person, is not of these minutes, or was used before; or a recovery code that is not, or was.',
    origin: 'ours',
    remedy:
      'Give the code that the app shows now, each once, or a recovery code. Check that the clocks of the server and the phone are right. Whoever has lost both asks an operator: `accord staff reset-second-factor`.',
  },
  'token.missing': {
    status: 'invalid_client',
    message: access,
    because: 'A resource was asked for without an access token.',
    origin: 'older page',
    remedy: 'Send the access token in the header Authorization: Bearer.',
  },
  'token.unknown': {
    status: 'invalid_client',
    message: access,
    because: 'The access token was never issued in this deployment, or was removed long after its end.',
    origin: 'older page',
    remedy: 'Obtain a token from this deployment.',
  },
  'token.expired': {
    status: 'invalid_client',
    message: access,
    because: 'The access token has expired.',
    origin: 'older page',
    remedy: 'Refresh the token, or ask for a new one.',
  },
  'token.revoked': {
    status: 'invalid_client',
    message: access,
    because: 'The access token, or the application it was issued to, was revoked.',
    origin: 'older page',
    remedy: 'Send the user through the authorization again.',
  },
  'user.invalid': {
    status: 'invalid_client',
    message: access,
    because: "The token's user is inactive, locked out by an administrator, or gone.",
    origin: 'older page',
    remedy: 'Set the standing of the staff member to active: `accord staff set`.',
  },
  'grant.unknown': {
    status: 'invalid_grant',
    message: grant,
    because: 'The authorization code was never issued in this deployment.',
    origin: 'older page',
    remedy: 'Use the code as it arrived, at the deployment that issued it.',
  },
  'grant.expired': {
    status: 'invalid_grant',
    message: grant,
    because: 'The authorization code is older than ten minutes.',
    origin: 'older page',
    remedy: 'Exchange a code as soon as it arrives; send the user through the authorization again.',
  },
  'grant.revoked': {
    status: 'invalid_grant',
    message: grant,
    because: 'The authorization code was revoked before it was used.',
    origin: 'older page',
    remedy: 'Send the user through the authorization again.',
  },
  'grant.consumed': {
    status: 'invalid_grant',
    message: grant,
    because: 'The authorization code was used before; what its first use got is revoked now.',
    origin: 'older page',
    remedy: 'Use each code once; look for a client that sends the exchange twice.',
  },
  'refresh.unknown': {
    status: 'invalid_grant',
    message: grant,
    because: 'The refresh token was never issued in this deployment.',
    origin: 'older page',
    remedy: 'Use the refresh token of the last answer of the token endpoint.',
  },
  'refresh.expired': {
    status: 'invalid_grant',
    message: grant,
    because: 'The refresh token has expired.',
    origin: 'older page',
    remedy: 'Send the user through the authorization again.',
  },
  'refresh.revoked': {
    status: 'invalid_grant',
    message: grant,
    because: 'The refresh token was revoked.',
    origin: 'older page',
    remedy: 'Send the user through the authorization again.',
  },
  'refresh.replayed': {
    status: 'invalid_grant',
    message: grant,
    because: 'The refresh token was replaced more than 30 seconds ago; its whole family is revoked now.',
    origin: 'ours',
    remedy: 'Keep the newest refresh token, and refresh from one place only.',
  },
  'redirect.mismatched': {
    status: 'invalid_grant',
    message: grant,
    because: 'The redirect URI is not the one of the authorization request.',
    origin: 'older page',
    remedy: 'Send the same redirect_uri, to the letter, to /authorize and /token.',
  },
  'refresh.foreign': {
    status: 'invalid_grant',
    message: grant,
    because: 'The refresh token was issued to another client.',
    origin: 'older page',
    remedy: 'Refresh with the credentials of the application the token was issued to.',
  },
  'verifier.wrong': {
    status: 'invalid_grant',
    message: grant,
    because:
      'The PKCE code verifier is missing or does not match the challenge (RFC 7636), or there was no challenge.',
    origin: 'ours',
    remedy: 'Send the code_verifier whose S256 digest was the code_challenge of the authorization request.',
  },
  'field.taken': {
    status: 'duplicate',
    message: '{object}: {singular} with that {field} already exists.',
    because: 'The write would repeat a value that has to be unique.',
    origin: 'older page',
    remedy: 'Choose another value, or update the object that has it.',
  },
  'resource.unknown': {
    status: 'invalid_request',
    message: 'There is no such resource: {detail}.',
    because: 'The path names no request of this API.',
    origin: 'older page',
    remedy: 'Check the path against docs/reference/resources.md.',
  },
  'version.unknown': {
    status: 'invalid_request',
    message: 'There is no such version: {detail}. Only v0 exists.',
    because: 'The path names a version other than v0.',
    origin: 'older page',
    remedy: 'Use /api/v0 (or /public_api/v0).',
  },
  'method.unknown': {
    status: 'invalid_request',
    message: 'The method {detail} is not available here.',
    because: 'The path exists, but not with this method; or `_method` names none of get, post, put, delete.',
    origin: 'ours',
    remedy: 'Use a method that docs/reference/resources.md lists for this path.',
  },
  'parameter.missing': {
    status: 'invalid_request',
    message: 'A required parameter is missing: {field}.',
    because: 'A required parameter is missing.',
    origin: 'older page',
    remedy: 'Send the parameter that the message names.',
  },
  'parameter.invalid': {
    status: 'invalid_request',
    message: 'The parameter {field} is not valid: {detail}.',
    because: 'A parameter has a value that is not valid for it.',
    origin: 'older page',
    remedy: 'Send a value of the kind that the message describes.',
  },
  'parameter.repeated': {
    status: 'invalid_request',
    message: 'The parameter {field} was sent more than once.',
    because: 'A parameter occurs twice in the query, twice in the body, or once in each.',
    origin: 'older page',
    remedy: 'Send each parameter once.',
  },
  'body.malformed': {
    status: 'invalid_request',
    message: 'The request could not be read: {detail}.',
    because:
      'The request line, a header or the body is malformed, in the wrong encoding, or larger than allowed.',
    origin: 'older page',
    remedy: 'Send a body that is what its Content-Type says, in UTF-8, within the limits.',
  },
  'credentials.several': {
    status: 'invalid_request',
    message: 'The request includes several credentials: {detail}.',
    because: 'Credentials were sent in two places at once.',
    origin: 'older page',
    remedy: 'Send credentials in one place: the Authorization header.',
  },
  'object.missing': {
    status: 'invalid_request',
    message: 'There is nothing to return: {detail} does not exist.',
    because: 'The object asked for does not exist in this deployment, or may not be seen by this user.',
    origin: 'older page',
    remedy: 'Check the id, and that the object belongs to this deployment and is visible to the user.',
  },
  'store.unreachable': {
    status: 'server_error',
    message: 'The request failed for a reason of ours, and we were notified. Request {request}.',
    because:
      'The database cannot be reached, or cannot be written: its disk is full, or it may only be read.',
    origin: 'older page',
    remedy: 'Bring the database back, or make room on its disk; the server goes on by itself.',
  },
  'store.busy': {
    status: 'server_error',
    message: 'The server is too busy for this request; try again after a pause. Request {request}.',
    because: 'The database is there, but a connection or a lock was waited for in vain.',
    origin: 'ours',
    remedy:
      'Send the request again after Retry-After. Where it lasts: find what holds the database, or give it more room.',
  },
  'deployment.unknown': {
    status: 'server_error',
    message: 'The request failed for a reason of ours, and we were notified. Request {request}.',
    because: 'The host of the request names no deployment, or one that is disabled.',
    origin: 'older page',
    remedy: 'Check the host name: `accord deployment list`.',
  },
  'routine.threw': {
    status: 'server_error',
    message: 'The request failed for a reason of ours, and we were notified. Request {request}.',
    because: 'A routine threw something that is not a refusal.',
    origin: 'older page',
    remedy: 'Report the incident with its request id; this is a defect of the server.',
  },
  'data.corrupt': {
    status: 'server_error',
    message: 'The request failed for a reason of ours, and we were notified. Request {request}.',
    because: 'A stored row does not decode to what the catalogue says it is.',
    origin: 'older page',
    remedy: 'Repair or remove the row that the incident names.',
  },
  'scope.malformed': {
    status: 'invalid_scope',
    message: 'The scope is malformed: {detail}.',
    because: 'The scope does not conform to the scope syntax.',
    origin: 'older page',
    remedy: 'Write it like read(all),write(companies,contacts).',
  },
  'scope.unknown': {
    status: 'invalid_scope',
    message: 'The scope is unknown: {detail}.',
    because: 'The scope names a verb or a resource that does not exist.',
    origin: 'older page',
    remedy: 'Use read or write, and the plural name of a resource, or all.',
  },
  'scope.exceeded': {
    status: 'invalid_scope',
    message: 'The scope exceeds what was granted: {detail} is needed.',
    because: 'More was asked for than was granted, or a token is used outside its scope.',
    origin: 'older page',
    remedy: 'Ask for the scope that the message names when authorizing.',
  },
  'grant_type.unsupported': {
    status: 'unsupported_grant_type',
    message: 'The grant type is not supported: use authorization_code, refresh_token or client_credentials.',
    because: 'The grant type is none of the three.',
    origin: 'older page',
    remedy: 'Send grant_type=authorization_code, refresh_token or client_credentials.',
  },
  'grant.foreign': {
    status: 'unauthorized_client',
    message: 'The grant was issued to another client.',
    because: 'The authorization code was issued to another client.',
    origin: 'older page',
    remedy: 'Exchange the code with the application that asked for it.',
  },
  'grant_type.forbidden': {
    status: 'unauthorized_client',
    message: 'This application may not use this grant type.',
    because: "The application's type does not allow this grant.",
    origin: 'older page',
    remedy:
      'Service applications use client_credentials; web and installed ones authorization_code and refresh_token.',
  },
  'permission.lacking': {
    status: 'invalid_permission',
    message: 'You do not have permission to {detail}.',
    because: "The user's access does not cover the action.",
    origin: 'older page',
    remedy: 'Give the staff member access to the resource: `accord staff set --access`.',
  },
  'permission.service': {
    status: 'invalid_permission',
    message: 'A service application may not {detail}: this acts as a person.',
    because: 'A service application asks for what acts as a person.',
    origin: 'current page',
    remedy: 'Use a web or installed application, authorized by the person.',
  },
  'window.exhausted': {
    status: 'too_many_requests',
    message: 'The deployment has used up its requests for this hour.',
    because: 'The deployment made more requests this hour than its limit.',
    origin: 'current page',
    remedy: 'Wait for the end of the window (X-RateLimit-Reset), or raise --rate-limit.',
  },
} as const satisfies Record<string, Cause>;

/** A cause of the table, or the name that a unique field gives to `field.taken` (`username.taken`, `name.taken`, …). */
export type RowName = keyof typeof rows;
export type CauseName = RowName | `${string}.taken`;

export const causes: Readonly<Record<RowName, Cause>> = Object.freeze(rows);

/** The row of a cause: its own, or that of `field.taken`. */
export function rowOf(cause: CauseName): Cause {
  return (causes as Record<string, Cause>)[cause] ?? causes['field.taken'];
}
