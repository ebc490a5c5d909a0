import { refuse } from '../contract/refuse.ts';
import { verifyPassword } from '../identity/passwords.ts';
import { findByUsername, type Person } from '../identity/people.ts';
import { hasSecondFactor } from '../identity/second-factor.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import type { World } from '../request/world.ts';

export interface SignInCredentials {
  readonly username: string;
  readonly password: string;
}

/** A person whose password was right. */
export interface Recognized {
  readonly person: Person;
  /** The hash of the password that it was. */
  readonly password: string;
  /** What is left to do: nothing, to give a code, or to set up a second factor where each person needs one. */
  readonly wants: 'nothing' | 'code' | 'set-up';
}

/**
 * Username and password to a person. Refuses `user.locked`, and `password.wrong` for an unknown person, a wrong password and a person who is
 * not active; the failures count towards the lock of this username at this address. Where a code is wanted they are forgotten when that is
 * right, not before: a caller who knows the password could guess codes for ever.
 */
export function signIn(
  { received, deployment }: Located,
  credentials: SignInCredentials,
  world: World,
): Promise<Recognized> {
  const { username, password } = credentials;
  const subject = { subject: username, address: received.address };
  return inTurn(`user ${deployment.id} ${username} ${received.address}`, async () => {
    await world.lockout.check('user', deployment.id, subject);
    const found = await findByUsername(world.store, deployment.id, username);
    // Counted before the comparison, which is slow on purpose: another process must not let guesses pass meanwhile.
    await world.lockout.fail('user', deployment.id, {
      ...subject,
      who: found?.person.username ?? undefined,
    });
    const right = await verifyPassword(found?.password, password);
    if (!found?.password || !right || found.person.standing !== 'active') {
      const { id, standing } = found?.person ?? {};
      const wrong = right ? `staff ${id} is ${standing}` : `the password of staff ${id} is another`;
      refuse('password.wrong', { exact: found ? wrong : 'there is no such username' });
    }
    const recognized = { person: found.person, password: found.password };
    if (await hasSecondFactor(world.store, deployment.id, found.person.id))
      return { ...recognized, wants: 'code' };
    await world.lockout.succeed('user', deployment.id, subject);
    return { ...recognized, wants: world.settings.requireSecondFactor ? 'set-up' : 'nothing' };
  });
}

const tails = new Map<string, Promise<unknown>>();

/** One after the other for the same key: of guesses sent at once, all would be let through before the first had failed. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (tails.get(key) ?? Promise.resolve()).then(work, work);
  tails.set(key, turn);
  try {
    return await turn;
  } finally {
    if (tails.get(key) === turn) tails.delete(key);
  }
}
