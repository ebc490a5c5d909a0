import type { Answer } from '../contract/answer.ts';
import { inject } from '../request/fault.ts';
import {
  type AuthorizationVisit,
  authorizationSignInForm,
  consentAnswer,
  signInAnswer,
} from './authorization-pages.ts';
import { secondStepAnswer } from './authorization-step.ts';
import { cookieOf, signedInSession } from './browser-session.ts';
import { showFormAgain } from './refused-form.ts';
import { type SignInCredentials, signIn } from './sign-in.ts';

/** Username and password: on to the consent page, or to the second step. */
export async function signInTurn(visit: AuthorizationVisit, credentials: SignInCredentials): Promise<Answer> {
  const { authorization, session, trail, world } = visit;
  const { received } = authorization;
  const { username } = credentials;
  showFormAgain(trail, (refusal) =>
    authorizationSignInForm(visit, { username, error: refusal.messageFor(received.id) }),
  );
  inject(trail.fault, 'sign-in');
  const recognized = await signIn(authorization, credentials, world);
  const { person, wants } = recognized;
  if (wants !== 'nothing')
    return session ? secondStepAnswer({ ...visit, session }, recognized) : signInAnswer(visit);
  const own = await signedInSession(authorization, session, person.id, world);
  const answer = consentAnswer({ ...visit, session: own, person }, cookieOf(own, received));
  trail.event = { what: 'signed-in', by: 'password', staff: person.id };
  return answer;
}
