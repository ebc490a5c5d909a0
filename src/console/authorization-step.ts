import type { Answer } from '../contract/answer.ts';
import { Refusal } from '../contract/refuse.ts';
import type { Session } from '../identity/sessions.ts';
import { pageAnswer } from './authorization-answer.ts';
import {
  type AuthorizationVisit,
  authorizationForm,
  consentAnswer,
  formActionOf,
  refuseOutdated,
} from './authorization-pages.ts';
import { authorizationUrl } from './authorization-request.ts';
import { cookieOf, signedInSession } from './browser-session.ts';
import { recoveryCodesPage } from './pages/recovery-codes.ts';
import { personName } from './person-name.ts';
import { secondStepPage, takeSecondStep, ticketField } from './second-step.ts';
import type { Recognized } from './sign-in.ts';

/** A visit with a session. Where a form was sent there is one, if only of nobody. */
interface StepVisit extends AuthorizationVisit {
  readonly session: Session;
}

/** The page of the second step, after the right password. */
export async function secondStepAnswer(visit: StepVisit, recognized: Recognized): Promise<Answer> {
  const { form, sealed } = stepOf(visit);
  const html = await secondStepPage(recognized, form, sealed);
  return pageAnswer(visit.trail, html, visit.world, form);
}

/** Where the form of the second step goes, and what its seals are bound to. */
const stepOf = ({ authorization, session, world }: StepVisit) => ({
  form: {
    ...authorizationForm(authorization, session),
    application: authorization.application.name,
    formAction: formActionOf(authorization),
  },
  sealed: { located: authorization, session, world },
});

/** The code of the app, a recovery code, or the first code of a new key: on to the consent page, in a new session. */
export async function secondStepTurn(visit: StepVisit): Promise<Answer> {
  const { authorization, session, trail, world } = visit;
  const { received } = authorization;
  const { form, sealed } = stepOf(visit);
  const stepped = await takeSecondStep(received.body, form, sealed, trail);
  if (!stepped) {
    const detail = 'it is out of date';
    return refuseOutdated(visit, new Refusal('parameter.invalid', { field: ticketField, detail }));
  }
  const { person, what, by, codes } = stepped;
  const own = await signedInSession(authorization, session, person.id, world);
  const cookie = cookieOf(own, received);
  trail.event = { what, by, staff: person.id };
  if (!codes) return consentAnswer({ ...visit, session: own, person }, cookie);
  const html = recoveryCodesPage({
    signedIn: { person: personName(person), csrf: own.csrf },
    codes,
    done: 'The second factor is on.',
    next: authorizationUrl(authorization),
  });
  return pageAnswer(trail, html, world, { cookie });
}
