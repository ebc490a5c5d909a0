import { refuse } from '../../contract/refuse.ts';
import { parseStoredScope } from '../../identity/scope.ts';
import { type Bearer, findBearer } from '../../identity/tokens.ts';
import type { Received } from '../01-transport/received.ts';
import type { Located } from '../02-deployment/locate.ts';
import type { Claimed } from '../fault.ts';
import type { World } from '../world.ts';
import type { Caller } from './caller.ts';
import { allowedOrigin, restrict } from './restrictions.ts';

export interface Authenticated extends Located {
  readonly caller: Caller;
}

/**
 * Bearer token to caller. Refuses `credentials.several`, `credentials.unsupported`, `token.missing`, `token.unknown`, `token.expired`,
 * `token.revoked`, `user.invalid`, `address.restricted`, `domain.restricted`.
 */
export async function authenticate(located: Located, world: World): Promise<Authenticated> {
  const { received, deployment } = located;
  const bearer = await bearerOf(tokenOf(received), deployment.id, world);
  if (!bearer) refuse('token.unknown');
  if (bearer.revoked) refuse('token.revoked');
  if (bearer.application.disabled)
    refuse('token.revoked', { exact: `application ${bearer.application.clientId} is disabled` });
  if (bearer.expires <= world.clock(deployment.id))
    refuse('token.expired', { exact: `it ended at ${bearer.expires}` });
  const { id, clientId, name, type, addresses, domains } = bearer.application;
  restrict(received, addresses, domains);
  const { person } = bearer;
  if (person?.standing !== 'active') {
    refuse('user.invalid', {
      exact: person ? `staff ${person.id} is ${person.standing}` : 'the staff member is gone',
    });
  }
  const caller: Caller = {
    application: { id, clientId, name, type },
    person,
    scope: parseStoredScope(bearer.scope),
    expires: bearer.expires,
    origin: domains === null ? undefined : allowedOrigin(received, domains),
  };
  return { received, deployment, caller };
}

// Concurrent requests of a client carry the same token: one look-up serves them all.
const bearerOf = (token: string, deployment: number, { store }: World): Promise<Bearer | undefined> =>
  store.once(`bearer ${deployment} ${token}`, () => findBearer(store, deployment, token));

/** Whose token a request carries, valid or not. Refuses nothing. */
export async function claimed({ received, deployment }: Located, world: World): Promise<Claimed> {
  try {
    const bearer = await bearerOf(tokenOf(received), deployment.id, world);
    return { application: bearer?.application.clientId, staff: bearer?.person?.id };
  } catch {
    return { application: undefined, staff: undefined };
  }
}

const tokenLengthMax = 1_024;

function tokenOf(received: Received): string {
  const { authorization } = received.headers;
  const parameter = received.query.get('_bearer_token') ?? received.body.get('_bearer_token');
  if (authorization === undefined || authorization === '') {
    if (typeof parameter !== 'string' || parameter === '') refuse('token.missing');
    return parameter.slice(0, tokenLengthMax);
  }
  // "including both of these will return an error" — reference, Authentication › Using the Token
  if (parameter !== undefined)
    refuse('credentials.several', { detail: 'an Authorization header and _bearer_token' });
  const space = authorization.indexOf(' ');
  const scheme = (space < 0 ? authorization : authorization.slice(0, space)).toLowerCase();
  if (scheme !== 'bearer') refuse('credentials.unsupported', { detail: 'Bearer' });
  const token = space < 0 ? '' : authorization.slice(space + 1).trim();
  if (token === '') refuse('token.missing');
  // Repeated headers arrive joined by commas, and no token has one.
  if (token.includes(','))
    refuse('credentials.several', { detail: 'several Authorization headers, or several tokens in one' });
  return token.slice(0, tokenLengthMax);
}
