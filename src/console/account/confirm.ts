import type { Session } from '../../identity/sessions.ts';
import { passwordFresh } from '../../identity/sessions.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { signedInSession } from '../browser-session.ts';
import { accountConfirm } from '../pages/account-confirm.ts';
import { checkPassword } from './own-password.ts';
import { now, type PersonVisit, refused, refusedSignIn, shown, signedInAs } from './visit.ts';

/** Whether the password was given a short while ago, and the session that goes on; or the page that asks for it. */
export type Confirmed =
  | { readonly session: Session; readonly began: Session | undefined }
  | { readonly asks: Concluded };

/** A form that ends something needs the password again. `hidden`: what the form says, to be said again with it. `always`: also if it was just given. */
export async function confirm(
  visit: PersonVisit,
  action: string,
  hidden: Readonly<Record<string, string>>,
  always = false,
): Promise<Confirmed> {
  const { session, person, fields, received, world } = visit;
  const sent = fields.get('password');
  if (!always && typeof sent !== 'string' && now(visit) - (session.since ?? 0) < passwordFresh)
    return { session, began: undefined };
  const page = { signedIn: signedInAs(visit), username: person.username ?? '', action, hidden, always };
  if (typeof sent !== 'string') return { asks: shown(visit, accountConfirm(page)) };
  try {
    await checkPassword(visit, sent);
  } catch (thrown) {
    const refusal = refusedSignIn(thrown);
    const error = refusal.messageFor(received.id);
    return { asks: refused(visit, refusal, accountConfirm({ ...page, error })) };
  }
  // It is a sign-in: whoever knew the secret of the session from before knows nothing now.
  const began = await signedInSession(visit, session, person.id, world);
  return { session: began, began };
}
