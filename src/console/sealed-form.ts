import { seal, unseal } from '../identity/refresh.ts';
import { idOf, type Session } from '../identity/sessions.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import type { World } from '../request/world.ts';

/** Seconds for which a sealed form is valid: a phone has to be found, and an app may have to be installed. */
export const sealedFormLifetime = 600;

/**
 * A value for the next form of this session, as a hidden field that nobody can read, write or use in another session. It is not stored, so a
 * sign-in that is never completed writes nothing to the store.
 */
export async function sealForm(
  purpose: string,
  said: object,
  { located, session, world }: SealedFor,
): Promise<string> {
  const until = world.clock(located.deployment.id) + sealedFormLifetime;
  return seal(JSON.stringify({ ...said, until }), await keyOf(located, world), `${purpose} ${idOf(session)}`);
}

/** The value of the field; `undefined` if it has expired, or is of another session or purpose. */
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
