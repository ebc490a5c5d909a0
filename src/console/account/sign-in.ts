import { Refusal } from '../../contract/refuse.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { enterStage } from '../../request/trail.ts';
import { pageAnswer } from '../authorization-answer.ts';
import { cookieOf, newVisitor, signedInSession } from '../browser-session.ts';
import { recoveryCodes } from '../pages/recovery-codes.ts';
import { signIn as signInPage } from '../pages/sign-in.ts';
import { personName } from '../person-name.ts';
import { askForSecondStep, type StepForm, takeSecondStep } from '../second-step.ts';
import { signIn } from '../sign-in.ts';
import { accountPath, fieldOf, led, refused, refusedSignIn, shown, type Visit } from './visit.ts';

interface Again {
  readonly username?: string;
  readonly refusal?: Refusal;
  /** What is said of it, where its message says too little. */
  readonly error?: string;
}

/** The sign-in page, with a session of nobody where the browser has none. `next`: the page that was asked for. */
export async function askToSignIn(visit: Visit, next: string, again: Again = {}): Promise<Concluded> {
  const { deployment, received, world, refusal, error, username } = { ...visit, ...again };
  const session = visit.session ?? (await newVisitor(visit, world));
  const said = error ?? refusal?.messageFor(received.id);
  const html = signInPage({
    deployment: deployment.title,
    action: `${accountPath}/sign-in`,
    hidden: { csrf: session.csrf, next },
    ...(username === undefined ? {} : { username }),
    ...(said === undefined ? {} : { error: said }),
  });
  const cookie = visit.session === undefined ? { cookie: cookieOf(session, received) } : {};
  return refusal ? refused(visit, refusal, html, cookie) : shown(visit, html, cookie);
}

/** A form that came too late, or from another session. */
export const outOfDate = (): Refusal =>
  new Refusal('parameter.invalid', { field: 'csrf', detail: 'it is not of this session' });

/** The sign-in page for a form that came too late. */
export const askAgain = (visit: Visit, next: string): Promise<Concluded> =>
  askToSignIn(visit, next, { refusal: outOfDate(), error: 'This form is out of date. Sign in to go on.' });

/** `POST /account/sign-in`: on to the page that was asked for, in a new session; or to the second step. */
export async function signInForm(visit: Visit): Promise<Concluded> {
  const next = nextIn(visit);
  const username = fieldOf(visit, 'username', usernameMax) ?? '';
  const password = visit.fields.get('password');
  try {
    const credentials = { username, password: typeof password === 'string' ? password : '' };
    const recognized = await signIn(visit, credentials, visit.world);
    if (recognized.wants !== 'nothing') {
      const step = stepIn(visit, next);
      return step
        ? shown(visit, await askForSecondStep(recognized, step.form, step.sealed))
        : askAgain(visit, next);
    }
    const staff = recognized.person.id;
    const began = await signedInSession(visit, visit.session, staff, visit.world);
    return led(visit, next, began, { what: 'signed-in', by: 'password', staff });
  } catch (error) {
    return askToSignIn(visit, next, { username, refusal: refusedSignIn(error) });
  }
}

/** `POST /account/code`: the second step of a sign-in. */
export async function codeForm(visit: Visit): Promise<Concluded> {
  const { fields, received, world } = visit;
  const next = nextIn(visit);
  const step = stepIn(visit, next);
  const stepped = step && (await takeSecondStep(fields, step.form, step.sealed));
  if (!stepped) return askAgain(visit, next);
  if ('html' in stepped) return refused(visit, stepped.refusal, stepped.html);
  const { person, what, by, codes } = stepped;
  const began = await signedInSession(visit, visit.session, person.id, world);
  const event = { what, by, staff: person.id };
  if (!codes) return led(visit, next, began, event);
  const signedIn = { person: personName(person), csrf: began.csrf };
  const html = recoveryCodes({ signedIn, codes, done: 'The second factor is on.', next });
  const trail = enterStage(visit.trail, 'status', { event });
  return { answer: pageAnswer(trail, html, world, { cookie: cookieOf(began, received) }), trail };
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
