export { type Authorization, type AuthorizationOptions, authorization, codeIn } from './authorization.ts';
export type { Result, Retries } from './caller.ts';
export type { Calls } from './calls.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { type Causes, type Status, statuses } from './contract.ts';
export type { Reserve } from './gate.ts';
export type { Quota } from './quota.ts';
export { expectOk, Refused } from './refused.ts';
export type { Call, Stream, Value } from './request.ts';
export type { Id, Listing, Resource, Resources, Sent, Written } from './resource.ts';
export type { Breadcrumb, Selected, Whole } from './selection.ts';
export { isSigned, type Signed } from './signature.ts';
export { type Auth, type TokenStorage, type Tokens, Unauthenticated } from './tokens.ts';
export {
  type Answer,
  type CauseOf,
  type Failure,
  type Retry,
  readVerdict,
  type Verdict,
  type VerdictOf,
} from './verdict.ts';
