import type { Answer } from '../contract/answer.ts';
import type { SecurityEvent } from '../request/trail.ts';
import { backTo, pageAnswer, redirectTo } from './authorization-answer.ts';
import { type SignedInVisit, signInAnswer } from './authorization-pages.ts';
import { authorizePathOf } from './authorization-request.ts';
import { endBrowserSession } from './browser-session.ts';
import { decisionIn, grantCode } from './consent.ts';
import { deniedPage } from './pages/denied.ts';
import { personName } from './person-name.ts';
import { pinCookie } from './pin-cookie.ts';

/** What the person decided on the consent page: allow, deny, or sign in as someone else. */
export async function decide(visit: SignedInVisit): Promise<Answer> {
  const { authorization, session, person, trail, world } = visit;
  const { redirect, received } = authorization;
  const record = (what: SecurityEvent['what']): void => {
    trail.event = { what, by: 'session', staff: person.id };
  };
  const decision = decisionIn(received);
  if (decision === 'switch') {
    await endBrowserSession(authorization, session, world);
    const answer = await signInAnswer({ ...visit, session: undefined });
    record('signed-out');
    return answer;
  }
  if (decision === 'deny') {
    const answer = deniedAnswer(visit);
    record('denied');
    return answer;
  }
  const code = await grantCode(authorization, person, world);
  // A PIN has a page of its own: a reload of this one would decide again, and make another PIN.
  const answer =
    redirect === undefined
      ? redirectTo(`${authorizePathOf(authorization)}/pin`, trail, world, pinCookie(code, session, received))
      : backTo({ ...authorization, redirect }, { code }, trail, world);
  record('consented');
  return answer;
}

function deniedAnswer({ authorization, session, person, trail, world }: SignedInVisit): Answer {
  const { redirect, application } = authorization;
  if (redirect !== undefined) {
    const error_description = 'The person did not allow it.';
    return backTo(
      { ...authorization, redirect },
      { error: 'access_denied', error_description },
      trail,
      world,
    );
  }
  const signedIn = { person: personName(person), csrf: session.csrf };
  return pageAnswer(trail, deniedPage({ application: application.name, signedIn }), world);
}
