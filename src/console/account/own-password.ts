import { refuse } from '../../contract/refuse.ts';
import { signIn } from '../sign-in.ts';
import type { PersonVisit } from './visit.ts';

/** Whether it is the password of the person who is signed in. Refuses and counts as a sign-in does, so that nobody guesses here instead. */
export async function checkPassword(visit: PersonVisit, password: string): Promise<void> {
  const { person, world, deployment, received } = visit;
  const username = person.username ?? '';
  const found = await signIn(visit, { username, password }, world);
  if (found.person.id !== person.id)
    refuse('password.wrong', { exact: `staff ${person.id} has another username` });
  // Who is signed in has given a code already.
  await world.lockout.succeed('user', deployment.id, { subject: username, address: received.address });
}
