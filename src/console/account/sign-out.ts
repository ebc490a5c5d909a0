import type { Answer } from '../../contract/answer.ts';
import { redirectTo } from '../authorization-answer.ts';
import { endBrowserSession, forgottenCookie } from '../browser-session.ts';
import { signedOutPage } from '../pages/signed-out.ts';
import { accountPath, pageOfVisit, type Visit } from './visit.ts';

/** `POST /account/sign-out`. */
export async function signOutForm(visit: Visit): Promise<Answer> {
  const { received, session, trail, world } = visit;
  await endBrowserSession(visit, session, world);
  const staff = session?.staffId;
  if (staff !== undefined) trail.event = { what: 'signed-out', by: 'session', staff };
  return redirectTo(`${accountPath}/signed-out`, trail, world, forgottenCookie(received));
}

/** `GET /account/signed-out`. */
export const signedOutAnswer = async (visit: Visit): Promise<Answer> => pageOfVisit(visit, signedOutPage());
