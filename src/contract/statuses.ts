/**
 * Every status an answer may carry. Source: the public "Status Codes" page; where its two generations disagree the
 * older one wins (docs/reference/differences.md). `http` is the code on the wire unless `_suppress_http_status` is given.
 */
export interface Status {
  readonly http: 200 | 400 | 401 | 403 | 429 | 500;
  readonly meaning: string;
  readonly advice: string;
}

const rows = {
  ok: {
    http: 200,
    meaning: 'Everything executed as expected.',
    advice: 'Nothing to do.',
  },
  invalid_client: {
    http: 401,
    meaning: 'The client could not be authenticated.',
    advice: 'Authenticate again: check the client credentials, or obtain a new access token.',
  },
  invalid_grant: {
    http: 400,
    meaning: 'The authorization grant or refresh token is not valid.',
    advice: 'Send the user through the authorization again; do not retry with the same grant.',
  },
  duplicate: {
    http: 400,
    meaning: 'The write would repeat a unique identifier.',
    advice: 'Change the field that the message names, or update the object that already has that value.',
  },
  invalid_request: {
    http: 400,
    meaning: 'The request could not be interpreted, or asks for what does not exist.',
    advice: 'Correct what the message names; sending the same request again will not help.',
  },
  server_error: {
    http: 500,
    meaning: 'The server failed, and its operators have been notified.',
    advice: 'Try a read again after a pause; quote the request id to the operators.',
  },
  invalid_scope: {
    http: 400,
    meaning: 'The scope is unknown, malformed, or exceeds what was granted.',
    advice:
      'Ask for a scope such as read(companies),write(tasks), and send the user through the authorization again.',
  },
  unsupported_grant_type: {
    http: 400,
    meaning: 'The grant type is not supported.',
    advice: 'Use authorization_code, refresh_token or client_credentials.',
  },
  unauthorized_client: {
    http: 401,
    meaning: 'The client is authenticated, but may not use this grant.',
    advice: 'Use the grant that belongs to this type of application, or the client the grant was issued to.',
  },
  invalid_permission: {
    http: 403,
    meaning: 'The user is known, but may not do this.',
    advice: 'Ask an administrator of the deployment for access, or act as another user.',
  },
  too_many_requests: {
    http: 429,
    meaning: 'The deployment has used up its requests for this hour.',
    advice: 'Wait as long as Retry-After says.',
  },
} as const satisfies Record<string, Status>;

export type StatusName = keyof typeof rows;

/** The status table; the key is what `meta.status` (or OAuth's `error`) says. */
export const statuses: Readonly<Record<StatusName, Status>> = Object.freeze(rows);
