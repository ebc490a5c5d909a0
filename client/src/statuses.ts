/** The statuses an answer may carry, each with its HTTP code. */
export const statuses = Object.freeze({
  ok: 200,
  invalid_client: 401,
  invalid_grant: 400,
  duplicate: 400,
  invalid_request: 400,
  server_error: 500,
  invalid_scope: 400,
  unsupported_grant_type: 400,
  unauthorized_client: 401,
  invalid_permission: 403,
  too_many_requests: 429,
  too_many_failed_logins: 401,
} as const);

export type Status = keyof typeof statuses;

/** `undefined` for what is none of them. */
export const statusNamed = (word: string | null | undefined): Status | undefined =>
  word != null && Object.hasOwn(statuses, word) ? (word as Status) : undefined;

/** What the HTTP code alone tells, when everything else was suppressed, or the answer is some gateway's. */
export function statusOfCode(http: number): Status {
  if (http < 400) return 'ok';
  if (http === 401) return 'invalid_client';
  if (http === 403) return 'invalid_permission';
  if (http === 429) return 'too_many_requests';
  return http >= 500 ? 'server_error' : 'invalid_request';
}
