import type { Answer } from '../contract/answer.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import { findPerson, type Person } from '../identity/people.ts';
import type { Session } from '../identity/sessions.ts';
import { lifetimes } from '../identity/tokens.ts';
import type { Received } from '../request/01-transport/received.ts';
import { type Located, locate } from '../request/02-deployment/locate.ts';
import { fallen } from '../request/fallen.ts';
import type { Concluded } from '../request/pipeline.ts';
import { type Trail, trailOf } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { backTo, errorBackTo, errorPage, leadTo, pageAnswer } from './authorization-answer.ts';
import {
  type Addressed,
  type AuthorizationRequest,
  address,
  carrier,
  carry,
  parametersFor,
  validate,
} from './authorization-request.ts';
import { carriesCsrf, cookieOf, findBrowserSession, replaceSession } from './browser-session.ts';
import { decisionIn, grantCode, namesOf } from './consent.ts';
import { consent } from './pages/consent.ts';
import { denied } from './pages/denied.ts';
import { pin } from './pages/pin.ts';
import { signIn as signInPage } from './pages/sign-in.ts';
import { placeOf, queryOf } from './redirect-uri.ts';
import { type Credentials, signIn } from './sign-in.ts';

/**
 * `GET` and `POST /oauth2/v0/authorize` (RFC 6749, 4.1; RFC 7636; RFC 8252; RFC 9207): sign in, consent, and back to the application with a
 * code, or to a page with a PIN. Until it is known whom to answer every refusal ends on a page; then on the redirect URI, if there is one.
 */
export async function answerAuthorize(received: Received, world: World): Promise<Concluded> {
  let trail = trailOf(received);
  let addressed: Addressed | undefined;
  try {
    const located = await locate(received, world);
    trail = { ...trail, stage: 'route', deployment: located.deployment };
    if (received.method !== 'GET' && received.method !== 'POST') {
      refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    }
    trail = { ...trail, stage: 'authentication' };
    addressed = await address(located, world);
    trail = { ...trail, stage: 'parameters', application: addressed.application };
    const asked = validate(addressed, world);
    trail = { ...trail, stage: 'operation' };
    return await converse(asked, trail, world);
  } catch (error) {
    trail = fallen(trail, error);
    const { redirect } = addressed ?? {};
    const answer =
      addressed && redirect !== undefined
        ? errorBackTo(redirect, addressed, trail, world)
        : errorPage(trail, world);
    return { answer, trail };
  }
}

/** One turn: what the browser sent, to the next page or the way back. */
async function converse(asked: AuthorizationRequest, trail: Trail, world: World): Promise<Concluded> {
  const { received } = asked;
  const ended = (answer: Answer): Concluded => ({ answer, trail: { ...trail, stage: 'status' } });
  const form = formIn(received);
  if (form === undefined && isForeignPost(received)) return ended(leadTo(askAgain(asked), trail, world));
  const session = await findBrowserSession(asked, world);
  if (form === undefined) {
    const person = await personOf(asked, session, world);
    return ended(
      await (session && person
        ? askToConsent(asked, session, person, trail, world)
        : askToSignIn(asked, session, trail, world)),
    );
  }
  if (!session || !carriesCsrf(received, session)) {
    const forged = new Refusal('parameter.invalid', {
      field: 'csrf',
      detail: 'the form is not of this session',
    });
    return askAnew(asked, session, forged, 'This form is out of date. Sign in to go on.', trail, world);
  }
  if (form === 'decision') {
    const person = await personOf(asked, session, world);
    return ended(
      await (person
        ? decide(asked, session, person, trail, world)
        : askToSignIn(asked, session, trail, world)),
    );
  }
  try {
    const person = await signIn(asked, form, world);
    const signedIn = await replaceSession(asked, session, person.id, world);
    return ended(askToConsent(asked, signedIn, person, trail, world, cookieOf(signedIn, received)));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 'invalid_client') throw error;
    return askAnew(asked, session, error, error.messageFor(received.id), trail, world, form.username);
  }
}

/** What a post of one of our pages carries; `undefined`: the application's own request. Never from the URL, which others can write. */
function formIn({ method, body }: Received): Credentials | 'decision' | undefined {
  if (method !== 'POST') return undefined;
  if (body.has('decision')) return 'decision';
  if (!body.has('username') && !body.has('password')) return undefined;
  const [username, password] = [body.get('username'), body.get('password')].map((sent) =>
    typeof sent === 'string' ? sent : '',
  );
  return { username: username!.slice(0, longestName), password: password! };
}

const longestName = 255;

/** A browser leaves our cookie out of what another site posts, so that a person who is signed in would be asked to sign in again. */
const isForeignPost = ({ method, headers }: Received): boolean =>
  method === 'POST' && headers['sec-fetch-site'] === 'cross-site';

const askAgain = (asked: AuthorizationRequest): string => `${pathOf(asked)}?${queryOf(parametersFor(asked))}`;

/** Not the path as sent: one that begins with two slashes would lead to another host. */
const pathOf = ({ received }: Located): string =>
  received.segments[1] === 'v0' ? '/oauth2/v0/authorize' : '/oauth2/authorize';

/** Who is signed in, and may still be. */
async function personOf(
  { deployment }: Located,
  session: Session | undefined,
  world: World,
): Promise<Person | undefined> {
  if (session?.staffId === undefined) return undefined;
  const person = await findPerson(world.store, deployment.id, session.staffId);
  return person?.standing === 'active' ? person : undefined;
}

/** The sign-in page again, because of a refusal. */
async function askAnew(
  asked: AuthorizationRequest,
  session: Session | undefined,
  refusal: Refusal,
  error: string,
  trail: Trail,
  world: World,
  username = '',
): Promise<Concluded> {
  const refused = fallen(trail, refusal);
  return { answer: await askToSignIn(asked, session, refused, world, { error, username }), trail: refused };
}

async function askToSignIn(
  asked: AuthorizationRequest,
  before: Session | undefined,
  trail: Trail,
  world: World,
  again: { readonly username?: string; readonly error?: string } = {},
): Promise<Answer> {
  const session = before ?? (await replaceSession(asked, undefined, undefined, world));
  const html = signInPage({
    deployment: asked.deployment.title,
    application: asked.application.name,
    action: pathOf(asked),
    hidden: { csrf: session.csrf, [carrier]: carry(asked) },
    ...again,
  });
  const cookie = session === before ? undefined : cookieOf(session, asked.received);
  return pageAnswer(trail, html, world, { cookie, formAction: formActionOf(asked) });
}

function askToConsent(
  asked: AuthorizationRequest,
  session: Session,
  person: Person,
  trail: Trail,
  world: World,
  cookie?: string,
): Answer {
  const html = consent({
    deployment: asked.deployment.title,
    application: asked.application.name,
    person: nameOf(person),
    scopes: namesOf(asked.scope, world),
    ...(asked.redirect === undefined ? {} : { redirectHost: placeOf(asked.redirect) }),
    action: pathOf(asked),
    hidden: { csrf: session.csrf, [carrier]: carry(asked) },
  });
  return pageAnswer(trail, html, world, { cookie, formAction: formActionOf(asked) });
}

const formActionOf = ({ redirect }: Addressed): readonly string[] =>
  redirect === undefined ? [] : [redirect];

const nameOf = ({ id, username, firstname, surname }: Person): string =>
  [firstname, surname].filter(Boolean).join(' ') || username || `staff ${id}`;

async function decide(
  asked: AuthorizationRequest,
  session: Session,
  person: Person,
  trail: Trail,
  world: World,
): Promise<Answer> {
  const { redirect, application, received } = asked;
  const decision = decisionIn(received);
  if (decision === 'switch') {
    const nobody = await replaceSession(asked, session, undefined, world);
    const html = await askToSignIn(asked, nobody, trail, world);
    return { ...html, headers: [...html.headers, ['Set-Cookie', cookieOf(nobody, received)]] };
  }
  if (decision === 'deny') {
    if (redirect === undefined) return pageAnswer(trail, denied({ application: application.name }), world);
    const answer = { error: 'access_denied', error_description: 'The person did not allow it.' };
    return backTo(redirect, asked, answer, trail, world);
  }
  const code = await grantCode(asked, person, world);
  if (redirect !== undefined) return backTo(redirect, asked, { code }, trail, world);
  const html = await pin({ application: application.name, pin: code, minutes: lifetimes.code / 60 });
  return pageAnswer(trail, html, world);
}
