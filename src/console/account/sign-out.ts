import type { Concluded } from '../../request/pipeline.ts';
import { enterStage } from '../../request/trail.ts';
import { leadTo } from '../authorization-answer.ts';
import { endBrowserSession, forgottenCookie } from '../browser-session.ts';
import { signedOut } from '../pages/signed-out.ts';
import { accountPath, shown, type Visit } from './visit.ts';

/** `POST /account/sign-out`. */
export async function signOutForm(visit: Visit): Promise<Concluded> {
  const { received, session, world } = visit;
  await endBrowserSession(visit, session, world);
  const staff = session?.staffId;
  const event = staff === undefined ? undefined : ({ what: 'signed-out', by: 'session', staff } as const);
  const trail = enterStage(visit.trail, 'status', { event });
  return { answer: leadTo(`${accountPath}/signed-out`, trail, world, forgottenCookie(received)), trail };
}

/** `GET /account/signed-out`. */
export const signedOutPage = async (visit: Visit): Promise<Concluded> => shown(visit, signedOut());
