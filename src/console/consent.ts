import { randomUUID } from 'node:crypto';
import { refuse } from '../contract/refuse.ts';
import type { Person } from '../identity/people.ts';
import { printScope, type Scope } from '../identity/scope.ts';
import { digestText, newAuthorizationCode, newPin } from '../identity/secrets.ts';
import { lifetimes } from '../identity/tokens.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { World } from '../request/world.ts';
import { Clash } from '../store/store.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { AskedScope } from './pages/consent.ts';

export type Decision = 'allow' | 'deny' | 'switch';

/** What the person decided. Refuses `parameter.invalid`. */
export function decisionIn({ body }: Received): Decision {
  const decision = body.get('decision');
  if (decision === 'allow' || decision === 'deny' || decision === 'switch') return decision;
  refuse('parameter.invalid', { field: 'decision', detail: 'allow, deny or switch is wanted' });
}

/** A scope as the consent page lists it: resources by their titles. */
export function titledScope({ read, write }: Scope, { catalogue }: World): readonly AskedScope[] {
  const titled = (name: string) =>
    name === 'all' ? 'everything' : (catalogue.resources.get(name)?.title ?? name);
  return [
    ...[...read].map((name): AskedScope => ({ verb: 'read', resource: titled(name) })),
    ...[...write].map((name): AskedScope => ({ verb: 'write', resource: titled(name) })),
  ];
}

/** A PIN has few digits, and PINs are stored for a day: a new one can be taken. */
const attemptsMax = 5;

/** Writes the grant and returns its code: a PIN if there is no redirect URI. */
export async function grantCode(
  request: AuthorizationRequest,
  person: Person,
  world: World,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const code = request.redirect === undefined ? newPin() : newAuthorizationCode();
    try {
      await writeGrant(code, request, person, world);
      return code;
    } catch (error) {
      if (!(error instanceof Clash) || attempt === attemptsMax) throw error;
    }
  }
}

async function writeGrant(
  code: string,
  request: AuthorizationRequest,
  person: Person,
  world: World,
): Promise<void> {
  const { deployment, application, scope, redirectUri, challenge, lifetime } = request;
  const now = world.clock(deployment.id);
  const allowed = { application_id: application.id, staff_id: person.id, scope: printScope(scope) };
  const family = randomUUID();
  await world.store.within(async (writing) => {
    await writing.insert(deployment.id, 'grants', {
      digest: digestText(code),
      family,
      ...allowed,
      redirect_uri: redirectUri ?? null,
      challenge: challenge ?? null,
      lifetime: lifetime ?? null,
      date_created: now,
      date_expires: now + lifetimes.code,
      date_consumed: null,
      date_revoked: null,
    });
    await writing.insert(deployment.id, 'token_families', {
      family,
      ...allowed,
      date_created: now,
      date_expires: now + lifetimes.code,
      date_revoked: null,
    });
  });
}
