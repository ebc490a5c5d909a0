import { refuse } from '../contract/refuse.ts';
import { verifyPassword } from '../identity/passwords.ts';
import { findByUsername, type Person } from '../identity/people.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import type { World } from '../request/world.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Username and password to a person. Refuses `user.locked`, and `password.wrong` for an unknown person, a wrong password and a person who is
 * not active; the failures count towards the lock of this username at this address.
 */
export function signIn(
  { received, deployment }: Located,
  credentials: Credentials,
  world: World,
): Promise<Person> {
  const { username, password } = credentials;
  const attempt = ['user', deployment.id, username, received.address] as const;
  return inTurn(attempt.join(), async () => {
    await world.lockout.check(...attempt);
    const found = await findByUsername(world.store, deployment.id, username);
    // Counted before the comparison, which is slow on purpose: another process must not let guesses pass meanwhile.
    await world.lockout.fail(...attempt, found?.person.username ?? undefined);
    const right = await verifyPassword(found?.password, password);
    if (!found || !right || found.person.standing !== 'active') {
      const { id, standing } = found?.person ?? {};
      const wrong = right ? `staff ${id} is ${standing}` : `the password of staff ${id} is another`;
      refuse('password.wrong', { exact: found ? wrong : 'there is no such username' });
    }
    await world.lockout.succeed(...attempt);
    return found.person;
  });
}

const tails = new Map<string, Promise<unknown>>();

/** One after the other for the same key: of guesses sent at once, all would be let through before the first had failed. */
async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (tails.get(key) ?? Promise.resolve()).then(work, work);
  tails.set(key, turn);
  try {
    return await turn;
  } finally {
    if (tails.get(key) === turn) tails.delete(key);
  }
}
