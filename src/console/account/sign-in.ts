import type { Answer } from '../../contract/answer.ts';
import { Refusal } from '../../contract/refuse.ts';
import { pageAnswer } from '../authorization-answer.ts';
import { cookieOf, newVisitor, signedInSession } from '../browser-session.ts';
import { recoveryCodesPage } from '../pages/recovery-codes.ts';
import { signInPage } from '../pages/sign-in.ts';
import { personName } from '../person-name.ts';
import { type FormAgain, refuseForm, showFormAgain } from '../refused-form.ts';
import { type StepForm, secondStepPage, takeSecondStep } from '../second-step.ts';
import { signIn } from '../sign-in.ts';
import { accountPath, formField, pageOfVisit, redirectVisit, type Visit } from './visit.ts';

/** The sign-in form, with a session of nobody where the browser has none. `next`: the page that was requested. */
async function formFor(
  visit: Visit,
  next: string,
  again: { readonly username?: string; readonly error?: string } = {},
): Promise<FormAgain> {
  const { deployment, received, world } = visit;
  const session = visit.session ?? (await newVisitor(visit, world));
  const html = signInPage({
    deployment: deployment.title,
    action: `${accountPath}/sign-in`,
    hidden: { csrf: session.csrf, next },
    ...again,
  });
  return { html, cookie: visit.session === undefined ? cookieOf(session, received) : undefined };
}

/** The sign-in page. */
export async function accountSignInAnswer(visit: Visit, next: string): Promise<Answer> {
  const form = await formFor(visit, next);
  return pageOfVisit(visit, form.html, form);
}

/** The refusal of a form that came too late, or from another session. */
export const outOfDate = (): Refusal =>
  new Refusal('parameter.invalid', { field: 'csrf', detail: 'it is not of this session' });

/** Shows the sign-in page for a form that came too late. */
export async function refuseOutOfDate(visit: Visit, next: string): Promise<never> {
  const error = 'This form is out of date. Sign in to go on.';
  return refuseForm(visit.trail, outOfDate(), await formFor(visit, next, { error }));
}

/** `POST /account/sign-in`: on to the page that was requested, in a new session; or to the second step. */
export async function accountSignIn(visit: Visit): Promise<Answer> {
  const { received, trail, world } = visit;
  const next = nextIn(visit);
  const username = formField(visit, 'username', usernameMax) ?? '';
  const password = visit.fields.get('password');
  showFormAgain(trail, (refusal) => {
    return formFor(visit, next, { username, error: refusal.messageFor(received.id) });
  });
  const credentials = { username, password: typeof password === 'string' ? password : '' };
  const recognized = await signIn(visit, credentials, world);
  if (recognized.wants !== 'nothing') {
    const step = stepIn(visit, next);
    if (!step) return refuseOutOfDate(visit, next);
    return pageOfVisit(visit, await secondStepPage(recognized, step.form, step.sealed));
  }
  const staff = recognized.person.id;
  const began = await signedInSession(visit, visit.session, staff, world);
  trail.event = { what: 'signed-in', by: 'password', staff };
  return redirectVisit(visit, next, began);
}

/** `POST /account/code`: the second step of a sign-in. */
export async function accountCode(visit: Visit): Promise<Answer> {
  const { fields, received, trail, world } = visit;
  const next = nextIn(visit);
  const step = stepIn(visit, next);
  const stepped = step && (await takeSecondStep(fields, step.form, step.sealed, trail));
  if (!stepped) return refuseOutOfDate(visit, next);
  const { person, what, by, codes } = stepped;
  const began = await signedInSession(visit, visit.session, person.id, world);
  trail.event = { what, by, staff: person.id };
  if (!codes) return redirectVisit(visit, next, began);
  const signedIn = { person: personName(person), csrf: began.csrf };
  const html = recoveryCodesPage({ signedIn, codes, done: 'The second factor is on.', next });
  return pageAnswer(trail, html, world, { cookie: cookieOf(began, received) });
}

/** What the page of the second step needs. There is a session, of nobody, where a form was sent. */
function stepIn(visit: Visit, next: string) {
  const { session, world } = visit;
  if (!session) return undefined;
  const form: StepForm = { action: `${accountPath}/code`, hidden: { csrf: session.csrf, next } };
  return { form, sealed: { located: visit, session, world } };
}

/** Characters. */
const usernameMax = 255;

const pages = ['password', 'second-factor'].map((name) => `${accountPath}/${name}`);

/** Never an address that somebody else has written: one of these pages. */
const nextIn = ({ fields }: Visit): string =>
  pages.find((page) => page === fields.get('next')) ?? accountPath;
