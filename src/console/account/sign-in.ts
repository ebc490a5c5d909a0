import { Refusal } from '../../contract/refuse.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { cookieOf, newVisitor, signedInSession } from '../browser-session.ts';
import { signIn as signInPage } from '../pages/sign-in.ts';
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

/** `POST /account/sign-in`: on to the page that was asked for, in a new session. */
export async function signInForm(visit: Visit): Promise<Concluded> {
  const next = nextIn(visit);
  const username = fieldOf(visit, 'username', usernameMax) ?? '';
  const password = visit.fields.get('password');
  try {
    const credentials = { username, password: typeof password === 'string' ? password : '' };
    const person = await signIn(visit, credentials, visit.world);
    const began = await signedInSession(visit, visit.session, person.id, visit.world);
    return led(visit, next, began, { what: 'signed-in', by: 'password', staff: person.id });
  } catch (error) {
    return askToSignIn(visit, next, { username, refusal: refusedSignIn(error) });
  }
}

/** Characters. */
const usernameMax = 255;

/** Never an address that somebody else has written: one of two pages. */
const nextIn = ({ fields }: Visit): string =>
  fields.get('next') === `${accountPath}/password` ? `${accountPath}/password` : accountPath;
