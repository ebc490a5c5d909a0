import { resourceNamed } from '../../catalogue/catalogue.ts';
import { Refusal } from '../../contract/refuse.ts';
import { hashPassword, passwordProblem } from '../../identity/passwords.ts';
import { endSessions } from '../../identity/sessions.ts';
import { updateObject } from '../../objects/write.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { signedInSession } from '../browser-session.ts';
import { accountPassword } from '../pages/account-password.ts';
import { checkPassword } from './own-password.ts';
import {
  accountPath,
  did,
  led,
  now,
  type PersonVisit,
  refused,
  refusedSignIn,
  shown,
  signedInAs,
} from './visit.ts';

const pageOf = (visit: PersonVisit, error?: Parameters<typeof accountPassword>[0]['error']): string =>
  accountPassword({
    signedIn: signedInAs(visit),
    username: visit.person.username ?? '',
    ...(error === undefined ? {} : { error }),
  });

/** `GET /account/password`. */
export const passwordPage = async (visit: PersonVisit): Promise<Concluded> => shown(visit, pageOf(visit));

/** `POST /account/password`. Refuses `password.wrong`, `user.locked`, `parameter.invalid`. */
export async function passwordForm(visit: PersonVisit): Promise<Concluded> {
  const { person, fields, received, world } = visit;
  const [current, wanted, again] = ['current', 'new', 'again'].map((name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  }) as [string, string, string];
  try {
    await checkPassword(visit, current);
  } catch (error) {
    const refusal = refusedSignIn(error);
    const text =
      refusal.because === 'password.wrong'
        ? 'The current password is not right.'
        : refusal.messageFor(received.id);
    return refused(visit, refusal, pageOf(visit, { of: 'current', text }));
  }
  const bad = (of: 'new' | 'again', detail: string): Concluded =>
    refused(
      visit,
      new Refusal('parameter.invalid', { field: of, detail }),
      pageOf(visit, { of, text: `The password was not changed: ${detail}.` }),
    );
  if (wanted !== again) return bad('again', 'the two new passwords are not the same');
  const problem = await passwordProblem(wanted, { ...person, deployment: visit.deployment });
  if (problem !== undefined) return bad('new', problem);
  if (wanted === current) return bad('new', 'it is the current one');
  await keep(visit, await hashPassword(wanted), fields.get('others') === '1');
  const began = await signedInSession(visit, visit.session, person.id, world);
  return led(visit, `${accountPath}?done=password`, began, did('password.changed', visit, began));
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
      now: now(visit),
    };
    await updateObject(inside, resourceNamed(catalogue, 'staff'), person.id, {
      values: { password },
      names: {},
    });
    // This one too: another is begun in its place.
    if (endOthers) await endSessions(writing, deployment.id, { staffId: person.id });
  });
}
