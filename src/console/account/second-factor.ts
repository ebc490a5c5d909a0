import type { Answer } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import { newRecoveryCodes } from '../../identity/recovery-codes.ts';
import { findSecondFactor, removeSecondFactor, replaceRecoveryCodes } from '../../identity/second-factor.ts';
import type { Session } from '../../identity/sessions.ts';
import { newTotpKey } from '../../identity/totp.ts';
import { cookieOf, signedInSession } from '../browser-session.ts';
import { firstCodePage, readNewKey, turnOn } from '../new-second-factor.ts';
import { accountSecondFactorPage } from '../pages/account-second-factor.ts';
import { recoveryCodesPage } from '../pages/recovery-codes.ts';
import { showFormAgain } from '../refused-form.ts';
import { wrongCode } from '../second-step.ts';
import { confirm } from './confirm.ts';
import { momentOf } from './overview.ts';
import { outOfDate } from './sign-in.ts';
import {
  accountPath,
  formField,
  nowFor,
  type PersonVisit,
  pageOfVisit,
  recordEvent,
  redirectVisit,
  signedInAs,
} from './visit.ts';

const path = `${accountPath}/second-factor`;

/** What a form did, by the `done` of the page after it. */
const deeds: Readonly<Record<string, string>> = Object.freeze({
  off: 'The second factor is off. Your password alone lets you in from now on.',
});

/** `GET /account/second-factor`. */
export async function secondFactorPage(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, received, world } = visit;
  const found = await findSecondFactor(world.store, deployment.id, person.id);
  const done = received.query.get('done');
  const html = accountSecondFactorPage({
    signedIn: signedInAs(visit),
    on: found && { ...found, since: momentOf(found.since, visit) },
    required: world.settings.requireSecondFactor,
    done: typeof done === 'string' && Object.hasOwn(deeds, done) ? deeds[done] : undefined,
  });
  return pageOfVisit(visit, html);
}

/** `POST /account/second-factor`. `do`: `begin` shows a new key, `confirm` turns it on, `codes` makes new recovery codes, `off` turns it off. */
export async function secondFactorForm(visit: PersonVisit): Promise<Answer> {
  const what = formField(visit, 'do', 20);
  if (what === 'begin') return begin(visit);
  if (what === 'confirm') return confirmKey(visit);
  if (what === 'codes') return makeCodes(visit);
  if (what === 'off') return turnOff(visit);
  refuse('parameter.invalid', { field: 'do', detail: 'begin, confirm, codes or off is wanted' });
}

async function begin(visit: PersonVisit): Promise<Answer> {
  const confirmed = await confirm(visit, path, { do: 'begin' });
  if ('asks' in confirmed) return confirmed.asks;
  const { session, began } = confirmed;
  const html = await newKeyPage({ ...visit, session }, await newTotpKey());
  return pageOfVisit(visit, html, began ? { cookie: cookieOf(began, visit.received) } : {});
}

function newKeyPage(visit: PersonVisit, key: string, error?: string): Promise<string> {
  const hidden = { csrf: visit.session.csrf, do: 'confirm' };
  const form = {
    action: path,
    hidden,
    signedIn: signedInAs(visit),
    ...(error === undefined ? {} : { error }),
  };
  return firstCodePage(form, visit.person, key, sealedFor(visit));
}

const sealedFor = (visit: PersonVisit) => ({ located: visit, session: visit.session, world: visit.world });

async function confirmKey(visit: PersonVisit): Promise<Answer> {
  const { fields, person } = visit;
  const key = await readNewKey(fields, person, sealedFor(visit));
  // Nothing is lost: the page shows another.
  if (key === undefined) return begin(visit);
  showFormAgain(visit.trail, async () => ({ html: await newKeyPage(visit, key, wrongCode(visit)) }));
  const codes = await turnOn(fields, person, key, { ...sealedFor(visit), replaces: true });
  if (!codes) throw outOfDate();
  const began = await signedInSession(visit, undefined, person.id, visit.world);
  recordEvent(visit, 'second-factor.on', undefined);
  return codesPage(visit, codes, 'The second factor is on, and your other sign-ins were ended.', began);
}

/** Shown once: to load the page again would send the form of a session that is over. */
function codesPage(visit: PersonVisit, codes: readonly string[], done: string, began: Session): Answer {
  const signedIn = signedInAs({ ...visit, session: began });
  const html = recoveryCodesPage({ signedIn, codes, done, next: path });
  return pageOfVisit(visit, html, { cookie: cookieOf(began, visit.received) });
}

async function makeCodes(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, world } = visit;
  const confirmed = await confirm(visit, path, { do: 'codes' }, true);
  if ('asks' in confirmed) return confirmed.asks;
  const began = confirmed.session;
  const recovery = await newRecoveryCodes();
  const made = await world.store.within((writing) =>
    replaceRecoveryCodes(writing, deployment.id, person.id, { recovery, now: nowFor(visit) }),
  );
  if (!made) return redirectVisit(visit, path, began);
  const done = 'The recovery codes from before no longer work.';
  recordEvent(visit, 'recovery-codes.made', began);
  return codesPage(visit, recovery.codes, done, began);
}

async function turnOff(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, world } = visit;
  if (world.settings.requireSecondFactor)
    refuse('parameter.invalid', { field: 'do', detail: 'everybody needs a second factor here' });
  const confirmed = await confirm(visit, path, { do: 'off' }, true);
  if ('asks' in confirmed) return confirmed.asks;
  // The sign-ins that there are were made with a code; who stays knows the password, and gets a session of its own.
  await world.store.within((writing) => removeSecondFactor(writing, deployment.id, person.id));
  const began = await signedInSession(visit, undefined, person.id, world);
  recordEvent(visit, 'second-factor.off', began);
  return redirectVisit(visit, `${path}?done=off`, began);
}
