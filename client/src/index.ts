export {
  type Call,
  type Client,
  type ClientOptions,
  createClient,
  Refused,
  type Result,
  type Value,
} from './client.ts';

export { isSigned, type Signed } from './signature.ts';
export { type Status, statuses } from './statuses.ts';
export { type Auth, type TokenStorage, type Tokens, Unauthenticated } from './tokens.ts';
export { type Answer, type Quota, type Retry, readVerdict, type Verdict } from './verdict.ts';
