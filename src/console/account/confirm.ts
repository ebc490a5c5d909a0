import type { Answer } from '../../contract/answer.ts';
import type { Session } from '../../identity/sessions.ts';
import { passwordFresh } from '../../identity/sessions.ts';
import { signedInSession } from '../browser-session.ts';
import { accountConfirmPage } from '../pages/account-confirm.ts';
import { showFormAgain } from '../refused-form.ts';
import { checkPassword } from './own-password.ts';
import { nowFor, type PersonVisit, pageOfVisit, signedInAs } from './visit.ts';

/** Whether the password was given a short while ago, and the session that goes on; or the page that asks for it. */
export type Confirmed =
  | { readonly session: Session; readonly began: Session | undefined }
  | { readonly asks: Answer };

/** A form that ends something needs the password again. `hidden`: what the form says, to be said again with it. `always`: also if it was just given. */
export async function confirm(
  visit: PersonVisit,
  action: string,
  hidden: Readonly<Record<string, string>>,
  always = false,
): Promise<Confirmed> {
  const { session, person, fields, received, trail, world } = visit;
  const sent = fields.get('password');
  if (!always && typeof sent !== 'string' && nowFor(visit) - (session.since ?? 0) < passwordFresh)
    return { session, began: undefined };
  const page = { signedIn: signedInAs(visit), username: person.username ?? '', action, hidden, always };
  if (typeof sent !== 'string') return { asks: pageOfVisit(visit, accountConfirmPage(page)) };
  showFormAgain(trail, (refusal) => ({
    html: accountConfirmPage({ ...page, error: refusal.messageFor(received.id) }),
  }));
  await checkPassword(visit, sent);
  // It is a sign-in, so the session gets a new secret: the old one no longer works.
  const began = await signedInSession(visit, session, person.id, world);
  return { session: began, began };
}
