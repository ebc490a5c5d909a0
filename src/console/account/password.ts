import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Answer } from '../../contract/answer.ts';
import { Refusal } from '../../contract/refuse.ts';
import { hashPassword, passwordProblem } from '../../identity/passwords.ts';
import { endSessions } from '../../identity/sessions.ts';
import { updateObject } from '../../objects/write.ts';
import { signedInSession } from '../browser-session.ts';
import { accountPasswordPage } from '../pages/account-password.ts';
import { refuseForm, showFormAgain } from '../refused-form.ts';
import { checkPassword } from './own-password.ts';
import {
  accountPath,
  nowFor,
  type PersonVisit,
  pageOfVisit,
  recordEvent,
  redirectVisit,
  signedInAs,
} from './visit.ts';

const pageOf = (visit: PersonVisit, error?: Parameters<typeof accountPasswordPage>[0]['error']): string =>
  accountPasswordPage({
    signedIn: signedInAs(visit),
    username: visit.person.username ?? '',
    ...(error === undefined ? {} : { error }),
  });

/** `GET /account/password`. */
export const passwordPage = async (visit: PersonVisit): Promise<Answer> => pageOfVisit(visit, pageOf(visit));

/** `POST /account/password`. Refuses `password.wrong`, `user.locked`, `parameter.invalid`. */
export async function passwordForm(visit: PersonVisit): Promise<Answer> {
  const { person, fields, received, trail, world } = visit;
  const [current, wanted, again] = ['current', 'new', 'again'].map((name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  }) as [string, string, string];
  showFormAgain(trail, (refusal) => {
    const text =
      refusal.because === 'password.wrong'
        ? 'The current password is not right.'
        : refusal.messageFor(received.id);
    return { html: pageOf(visit, { of: 'current', text }) };
  });
  await checkPassword(visit, current);
  const bad = (of: 'new' | 'again', detail: string): never => {
    const html = pageOf(visit, { of, text: `The password was not changed: ${detail}.` });
    return refuseForm(trail, new Refusal('parameter.invalid', { field: of, detail }), { html });
  };
  if (wanted !== again) return bad('again', 'the two new passwords are not the same');
  const problem = await passwordProblem(wanted, { ...person, deployment: visit.deployment });
  if (problem !== undefined) return bad('new', problem);
  if (wanted === current) return bad('new', 'it is the current one');
  await keep(visit, await hashPassword(wanted), fields.get('others') === '1');
  const began = await signedInSession(visit, visit.session, person.id, world);
  recordEvent(visit, 'password.changed', began);
  return redirectVisit(visit, `${accountPath}?done=password`, began);
}

/** The new password, and the end of the other sign-ins, in one: nobody stays who knew the old one only. */
async function keep(visit: PersonVisit, password: string, endOthers: boolean): Promise<void> {
  const { deployment, person, world } = visit;
  const { catalogue, store } = world;
  await store.within(async (writing) => {
    const inside = {
      catalogue,
      store: writing,
      deployment: deployment.id,
      staffId: person.id,
      now: nowFor(visit),
    };
    await updateObject(inside, resourceNamed(catalogue, 'staff'), person.id, {
      values: { password },
      names: {},
    });
    // This one too: another is begun in its place.
    if (endOthers) await endSessions(writing, deployment.id, { staffId: person.id });
  });
}
