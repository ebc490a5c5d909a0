import type { Answer } from '../contract/answer.ts';
import type { Session } from '../identity/sessions.ts';
import { fallen } from '../request/fallen.ts';
import { suffer } from '../request/fault.ts';
import type { Concluded } from '../request/pipeline.ts';
import { enterStage, type Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { pageAnswer } from './authorization-answer.ts';
import { askToConsent, askToSignIn, formActionOf, formOf } from './authorization-pages.ts';
import { type AuthorizationRequest, urlOf } from './authorization-request.ts';
import { cookieOf, signedInSession } from './browser-session.ts';
import { recoveryCodes } from './pages/recovery-codes.ts';
import { personName } from './person-name.ts';
import { askForSecondStep, takeSecondStep } from './second-step.ts';
import type { Recognized } from './sign-in.ts';

/** The page of the second step, after the right password. There is a session, of nobody, where a form was sent. */
export async function askForStep(
  asked: AuthorizationRequest,
  session: Session | undefined,
  recognized: Recognized,
  trail: Trail,
  world: World,
): Promise<Answer> {
  if (!session) return askToSignIn(asked, session, trail, world);
  const { form, sealed } = stepFor(asked, session, world);
  const html = await askForSecondStep(recognized, form, sealed);
  return pageAnswer(trail, html, world, { formAction: formActionOf(asked) });
}

/** Where the form of the second step goes, and what its seals are bound to. */
const stepFor = (asked: AuthorizationRequest, session: Session, world: World) => ({
  form: { ...formOf(asked, session), application: asked.application.name },
  sealed: { located: asked, session, world },
});

/**
 * The code of the app, a recovery code, or the first code of a new key: on to the consent page, in a new session. `undefined`: the form is out
 * of date.
 */
export async function takeStep(
  asked: AuthorizationRequest,
  session: Session,
  trail: Trail,
  world: World,
): Promise<Concluded | undefined> {
  const { form, sealed } = stepFor(asked, session, world);
  const strike = (): void => suffer(trail.fault, 'code');
  const stepped = await takeSecondStep(asked.received.body, form, sealed, strike);
  if (!stepped) return undefined;
  if ('html' in stepped) {
    const ended = fallen(trail, stepped.refusal);
    const answer = pageAnswer(ended, stepped.html, world, { formAction: formActionOf(asked) });
    return { answer, trail: ended };
  }
  const { person, what, by, codes } = stepped;
  const own = await signedInSession(asked, session, person.id, world);
  const cookie = cookieOf(own, asked.received);
  const ended = enterStage(trail, 'status', { event: { what, by, staff: person.id } });
  if (!codes) return { answer: askToConsent(asked, own, person, trail, world, cookie), trail: ended };
  const signedIn = { person: personName(person), csrf: own.csrf };
  const html = recoveryCodes({ signedIn, codes, done: 'The second factor is on.', next: urlOf(asked) });
  return { answer: pageAnswer(trail, html, world, { cookie }), trail: ended };
}
