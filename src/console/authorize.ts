import type { Answer } from '../contract/answer.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { Claimed } from '../request/fault.ts';
import { type DeploymentHandler, enter } from '../request/walk.ts';
import { errorBackTo, errorPage, redirectTo } from './authorization-answer.ts';
import { decide } from './authorization-decision.ts';
import {
  type AuthorizationVisit,
  consentAnswer,
  refuseOutdated,
  signInAnswer,
} from './authorization-pages.ts';
import { addressOf, authorizationUrl, clientIn, validate } from './authorization-request.ts';
import { signInTurn } from './authorization-sign-in.ts';
import { secondStepTurn } from './authorization-step.ts';
import { carriesCsrf, findBrowserSession, findSignedIn } from './browser-session.ts';
import { issuerOf } from './issuer.ts';
import { ticketField } from './second-step.ts';
import type { SignInCredentials } from './sign-in.ts';

/**
 * `GET` and `POST /oauth2/v0/authorize` (RFC 6749, 4.1; RFC 7636; RFC 8252; RFC 9207): sign in, consent, and back to the application with a
 * code, or to a page with a PIN. Until the application and its redirect URI are known, every refusal is shown on a page; from then on it is sent
 * to the redirect URI, if there is one.
 */
export const authorizeHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  faults: { surface: 'authorize', claimed: ({ received }) => claimedIn(received) },
  answer: async (located, trail, world) => {
    const { received } = located;
    enter(trail, 'route');
    if (received.method !== 'GET' && received.method !== 'POST') {
      refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    }
    enter(trail, 'authentication');
    const addressed = await addressOf(located, world);
    trail.onRefusal = (refusal, ended, inside) => errorBackTo(addressed, refusal, ended, inside);
    const { id, clientId } = addressed.application;
    trail.application = { id, clientId };
    enter(trail, 'parameters');
    const authorization = validate(addressed, world);
    enter(trail, 'operation');
    const answer = await takeTurn({ authorization, session: undefined, trail, world });
    enter(trail, 'status');
    return answer;
  },
  refused: errorPage,
});

/** Whom a request says it is about: the application in the URL, in the body or in a form of these pages, and the typed username. */
function claimedIn({ query, body }: Received): Claimed {
  const username = body.get('username');
  return {
    application: clientIn(query) ?? clientIn(body),
    staff: undefined,
    username: typeof username === 'string' ? username.slice(0, usernameMax) : undefined,
  };
}

/** One turn: from what the browser sent to the next page, or back to the application. */
async function takeTurn(before: AuthorizationVisit): Promise<Answer> {
  const { authorization, trail, world } = before;
  const { received } = authorization;
  const form = formIn(received);
  if (form === undefined && received.method === 'POST')
    return redirectTo(`${issuerOf(received)}${authorizationUrl(authorization)}`, trail, world);
  const session = await findBrowserSession(authorization, world);
  const visit = { ...before, session };
  if (form !== undefined && !(session && carriesCsrf(received, session)))
    return refuseOutdated(
      visit,
      new Refusal('parameter.invalid', { field: 'csrf', detail: 'it is not of this session' }),
    );
  if (form === 'code' && session) return secondStepTurn({ ...visit, session });
  if (typeof form === 'object') return signInTurn(visit, form);
  const person = await findSignedIn(authorization, session, world);
  if (!session || !person) {
    // The session of a person who may no longer sign in has just ended.
    return signInAnswer(session?.staffId === undefined ? visit : before);
  }
  const signedIn = { ...visit, session, person };
  return form === 'decision' ? decide(signedIn) : consentAnswer(signedIn);
}

/**
 * Which form of these pages was sent; `undefined`: the application's own request. Never from the URL, which others can write.
 *
 * An application's own request that was posted is redirected, as a `GET`, to the same parameters. Clients post without a browser and send their
 * user to `Location`: hence the whole URL. And a browser leaves our cookie out of what another site posts, so a person who is signed in would
 * have to sign in again.
 */
function formIn({ method, body }: Received): SignInCredentials | 'decision' | 'code' | undefined {
  if (method !== 'POST') return undefined;
  if (body.has(ticketField)) return 'code';
  if (body.has('decision')) return 'decision';
  const [username, password] = [body.get('username'), body.get('password')];
  if (username === undefined && password === undefined) return undefined;
  return {
    username: typeof username === 'string' ? username.slice(0, usernameMax) : '',
    password: typeof password === 'string' ? password : '',
  };
}

/** Characters. */
const usernameMax = 255;
