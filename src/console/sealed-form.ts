import { seal, unseal } from '../identity/refresh.ts';
import { idOf, type Session } from '../identity/sessions.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import type { World } from '../request/world.ts';

/** Seconds for which a form says what it said: a phone has to be found, and an app may have to be installed. */
export const sealedFormLifetime = 600;

/**
 * What the next form of this session is to say, as a hidden field that nobody can read, write or take to another session. Nothing is kept of
 * it, so a sign-in that is begun and left writes nothing to the store.
 */
export async function sealForm(
  purpose: string,
  said: object,
  { located, session, world }: SealedFor,
): Promise<string> {
  const until = world.clock(located.deployment.id) + sealedFormLifetime;
  return seal(JSON.stringify({ ...said, until }), await keyOf(located, world), `${purpose} ${idOf(session)}`);
}

/** What the field says; `undefined` when it is over, or of another session or purpose. */
export async function unsealForm<T extends object>(
  purpose: string,
  sent: unknown,
  { located, session, world }: SealedFor,
): Promise<T | undefined> {
  if (typeof sent !== 'string') return undefined;
  const key = await keyOf(located, world);
  try {
    const said = JSON.parse(unseal(sent, key, `${purpose} ${idOf(session)}`)) as T & { until: number };
    return said.until > world.clock(located.deployment.id) ? said : undefined;
  } catch {
    return undefined;
  }
}

export interface SealedFor {
  readonly located: Located;
  readonly session: Session;
  readonly world: World;
}

const keyOf = async ({ deployment }: Located, { keys }: World): Promise<string> =>
  (await keys.of('forms', deployment.id)).toString('base64url');
