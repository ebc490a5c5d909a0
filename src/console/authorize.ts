import type { Answer } from '../contract/answer.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import type { Person } from '../identity/people.ts';
import type { Session } from '../identity/sessions.ts';
import type { Received } from '../request/01-transport/received.ts';
import { locate } from '../request/02-deployment/locate.ts';
import { fallen } from '../request/fallen.ts';
import { type Claimed, settle, suffer } from '../request/fault.ts';
import type { Concluded } from '../request/pipeline.ts';
import { enterStage, type SecurityEvent, type Trail, trailOf } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { backTo, errorBackTo, errorPage, leadTo, pageAnswer } from './authorization-answer.ts';
import { askToConsent, askToSignIn, type SignInAgain } from './authorization-pages.ts';
import {
  type Addressed,
  type AuthorizationRequest,
  address,
  clientIn,
  pathOf,
  urlOf,
  validate,
} from './authorization-request.ts';
import { askForStep, takeStep } from './authorization-step.ts';
import {
  carriesCsrf,
  cookieOf,
  endBrowserSession,
  findBrowserSession,
  findSignedIn,
  signedInSession,
} from './browser-session.ts';
import { decisionIn, grantCode } from './consent.ts';
import { issuerOf } from './issuer.ts';
import { denied } from './pages/denied.ts';
import { personName } from './person-name.ts';
import { pinCookie } from './pin-cookie.ts';
import { ticketField } from './second-step.ts';
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
    if (world.faults) {
      const fault = await world.faults.meet(located, 'authorize', () => claimed(received), world);
      trail = { ...trail, fault };
      suffer(fault, 'deployment');
    }
    trail = enterStage(trail, 'route', { deployment: located.deployment });
    suffer(trail.fault, 'route');
    if (received.method !== 'GET' && received.method !== 'POST') {
      refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    }
    trail = enterStage(trail, 'authentication');
    suffer(trail.fault, 'authentication');
    addressed = await address(located, world);
    const { id, clientId } = addressed.application;
    trail = enterStage(trail, 'parameters', { application: { id, clientId } });
    suffer(trail.fault, 'parameters');
    const asked = validate(addressed, world);
    trail = enterStage(trail, 'operation');
    suffer(trail.fault, 'operation');
    return await converse(asked, trail, world);
  } catch (error) {
    trail = fallen(trail, error);
    const answer = addressed ? errorBackTo(addressed, trail, world) : errorPage(trail, world);
    return { answer, trail };
  }
}

/** Whom a request says it is about: the application in the URL, in the body or in a form of ours, and the name typed into it. */
function claimed({ query, body }: Received): Claimed {
  const username = body.get('username');
  const staff = {
    staff: undefined,
    username: typeof username === 'string' ? username.slice(0, longestName) : undefined,
  };
  return { application: clientIn(query) ?? clientIn(body), ...staff };
}

/** One turn: from what the browser sent to the next page, or the way back. */
async function converse(asked: AuthorizationRequest, trail: Trail, world: World): Promise<Concluded> {
  const { received } = asked;
  const ended = (answer: Answer): Concluded => ({ answer, trail: enterStage(trail, 'status') });
  const form = formIn(received);
  if (form === undefined && received.method === 'POST') return ended(leadTo(askAgain(asked), trail, world));
  const session = await findBrowserSession(asked, world);
  if (form !== undefined && !(session && carriesCsrf(received, session))) {
    const forged = new Refusal('parameter.invalid', { field: 'csrf', detail: 'it is not of this session' });
    return refused(asked, session, forged, { error: outOfDate }, trail, world);
  }
  if (form === 'code' && session) {
    const late = new Refusal('parameter.invalid', { field: ticketField, detail: 'it is out of date' });
    return (
      (await takeStep(asked, session, trail, world)) ??
      refused(asked, session, late, { error: outOfDate }, trail, world)
    );
  }
  if (typeof form === 'object') return authenticate(asked, session, form, trail, world);
  const person = await findSignedIn(asked, session, world);
  if (!session || !person) {
    // What is left of the sign-in of a person who is gone is good for nothing.
    const visitor = session?.staffId === undefined ? session : undefined;
    return ended(await askToSignIn(asked, visitor, trail, world));
  }
  if (form === 'decision') return decide(asked, session, person, trail, world);
  return ended(askToConsent(asked, session, person, trail, world));
}

/** What a form of ours carries; `undefined`: the application's own request. Never from the URL, which others can write. */
function formIn({ method, body }: Received): Credentials | 'decision' | 'code' | undefined {
  if (method !== 'POST') return undefined;
  if (body.has(ticketField)) return 'code';
  if (body.has('decision')) return 'decision';
  const [username, password] = [body.get('username'), body.get('password')];
  if (username === undefined && password === undefined) return undefined;
  return {
    username: typeof username === 'string' ? username.slice(0, longestName) : '',
    password: typeof password === 'string' ? password : '',
  };
}

/** Characters; the longest username there can be. */
const longestName = 255;

/**
 * Where a request that was posted is asked as a GET. Clients post without a browser, and send their user where `Location` leads: hence the whole
 * URL. And a browser leaves our cookie out of what another site posts: a person who is signed in would have to sign in again.
 */
const askAgain = (asked: AuthorizationRequest): string => `${issuerOf(asked.received)}${urlOf(asked)}`;

async function authenticate(
  asked: AuthorizationRequest,
  session: Session | undefined,
  credentials: Credentials,
  trail: Trail,
  world: World,
): Promise<Concluded> {
  try {
    suffer(trail.fault, 'sign-in');
    const recognized = await signIn(asked, credentials, world);
    const { person, wants } = recognized;
    if (wants !== 'nothing') {
      const answer = await askForStep(asked, session, recognized, trail, world);
      return { answer, trail: enterStage(trail, 'status') };
    }
    const own = await signedInSession(asked, session, person.id, world);
    const answer = askToConsent(asked, own, person, trail, world, cookieOf(own, asked.received));
    const event = { what: 'signed-in', by: 'password', staff: person.id } as const;
    return { answer, trail: enterStage(trail, 'status', { event }) };
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 'invalid_client') throw error;
    await settle(trail.fault, error);
    const again = { error: error.messageFor(asked.received.id), username: credentials.username };
    return refused(asked, session, error, again, trail, world);
  }
}

const outOfDate = 'This form is out of date. Sign in to go on.';

/** The sign-in page again, with what was wrong. */
async function refused(
  asked: AuthorizationRequest,
  session: Session | undefined,
  refusal: Refusal,
  again: SignInAgain,
  before: Trail,
  world: World,
): Promise<Concluded> {
  const trail = fallen(before, refusal);
  return { answer: await askToSignIn(asked, session, trail, world, again), trail };
}

async function decide(
  asked: AuthorizationRequest,
  session: Session,
  person: Person,
  trail: Trail,
  world: World,
): Promise<Concluded> {
  const { redirect, application, received } = asked;
  const ended = (what: SecurityEvent['what'], answer: Answer): Concluded => {
    const event: SecurityEvent = { what, by: 'session', staff: person.id };
    return { answer, trail: enterStage(trail, 'status', { event }) };
  };
  const decision = decisionIn(received);
  if (decision === 'switch') {
    await endBrowserSession(asked, session, world);
    return ended('signed-out', await askToSignIn(asked, undefined, trail, world));
  }
  if (decision === 'deny') {
    const error_description = 'The person did not allow it.';
    const signedIn = { person: personName(person), csrf: session.csrf };
    return ended(
      'denied',
      redirect === undefined
        ? pageAnswer(trail, denied({ application: application.name, signedIn }), world)
        : backTo(redirect, asked, { error: 'access_denied', error_description }, trail, world),
    );
  }
  const code = await grantCode(asked, person, world);
  if (redirect !== undefined) return ended('consented', backTo(redirect, asked, { code }, trail, world));
  // Shown by a page of its own: a reload of this one would decide again, and make another.
  const pinPage = leadTo(`${pathOf(asked)}/pin`, trail, world, pinCookie(code, session, received));
  return ended('consented', pinPage);
}
