import type { Parameters } from '../../catalogue/sent.ts';
import type { Answer } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Received } from '../../request/01-transport/received.ts';
import { singleParameters } from '../../request/06-parameters/single.ts';
import { type DeploymentHandler, enter } from '../../request/walk.ts';
import { pageAnswer } from '../authorization-answer.ts';
import { carriesCsrf, findBrowserSession, findSignedIn } from '../browser-session.ts';
import { accountErrorPage } from '../pages/account-error.ts';
import { applicationsForm } from './applications.ts';
import { overviewPage } from './overview.ts';
import { passwordForm, passwordPage } from './password.ts';
import { secondFactorForm, secondFactorPage } from './second-factor.ts';
import { sessionsForm } from './sessions.ts';
import { accountCode, accountSignIn, accountSignInAnswer, outOfDate, refuseOutOfDate } from './sign-in.ts';
import { signedOutAnswer, signOutForm } from './sign-out.ts';
import { accountPath, type PersonVisit, redirectVisit, type Visit } from './visit.ts';

type Handler<Of> = (visit: Of) => Promise<Answer>;

/** What is at a path. A `GET` of a path without a page is redirected to the account: after a refused form, the browser still shows the form's path. */
type AccountPath =
  | { readonly open: true; readonly page?: Handler<Visit>; readonly form?: Handler<Visit> }
  | { readonly open?: false; readonly page?: Handler<PersonVisit>; readonly form?: Handler<PersonVisit> };

/** By what follows `/account/`. `open`: also for who is not signed in. */
const places: ReadonlyMap<string, AccountPath> = new Map<string, AccountPath>([
  ['', { page: overviewPage }],
  ['password', { page: passwordPage, form: passwordForm }],
  ['sessions', { form: sessionsForm }],
  ['applications', { form: applicationsForm }],
  ['second-factor', { page: secondFactorPage, form: secondFactorForm }],
  ['sign-in', { open: true, form: accountSignIn }],
  ['code', { open: true, form: accountCode }],
  ['sign-out', { open: true, form: signOutForm }],
  ['signed-out', { open: true, page: signedOutAnswer }],
]);

const placeIn = ({ segments: [first, second = '', ...more] }: Received): AccountPath | undefined =>
  first === 'account' && more.length === 0 ? places.get(second) : undefined;

export const asksForAccount = (received: Received): boolean => placeIn(received) !== undefined;

/** `/account` and what is below it: what a person sees and changes of their own account at the deployment of the host. */
export const accountHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  answer: async (located, trail, world) => {
    const { received } = located;
    enter(trail, 'route');
    const place = placeIn(received);
    if (!place) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    const posts = received.method === 'POST';
    if ((!posts && received.method !== 'GET') || (posts && !place.form))
      refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    enter(trail, 'authentication');
    const session = await findBrowserSession(located, world);
    enter(trail, 'parameters');
    const visit = { ...located, world, session, fields: formIn(received), trail };
    const answer = await answerVisit(place, visit);
    enter(trail, 'status');
    return answer;
  },
  refused: (refusal, trail, world) => {
    const { id } = trail.received;
    const message = refusal.messageFor(id);
    return pageAnswer(trail, accountErrorPage({ message, requestId: id, status: refusal.status }), world);
  },
});

function answerVisit(place: AccountPath, visit: Visit): Answer | Promise<Answer> {
  const { received, session, trail } = visit;
  const posts = received.method === 'POST';
  if (!posts && !place.page) return redirectVisit(visit, accountPath);
  // A person who is no longer signed in, as in a page left open, has nothing left to sign out of.
  const harmless = place.form === signOutForm && session?.staffId === undefined;
  if (posts && !harmless && !(session && carriesCsrf(received, session))) return refuseOutdated(visit);
  enter(trail, 'operation');
  return answerAt(place, visit);
}

/** Never from the URL, which others can write. Refuses `body.malformed` and `parameter.repeated`. */
function formIn(received: Received): Parameters {
  singleParameters(received);
  return { get: (name) => received.body.get(name), has: (name) => received.body.has(name) };
}

async function answerAt(place: AccountPath, visit: Visit): Promise<Answer> {
  const posts = visit.received.method === 'POST';
  if (place.open) return ((posts ? place.form : place.page) as Handler<Visit>)(visit);
  const { session } = visit;
  const person = await findSignedIn(visit, session, visit.world);
  if (session && person)
    return ((posts ? place.form : place.page) as Handler<PersonVisit>)({ ...visit, session, person });
  // The session of a person who may no longer sign in has just ended.
  const nobody = { ...visit, session: session?.staffId === undefined ? session : undefined };
  return posts ? refuseOutdated(nobody) : accountSignInAnswer(nobody, visit.received.path);
}

/** A form of another session, or of one that is over, does nothing. */
function refuseOutdated(visit: Visit): Promise<never> {
  if (visit.session?.staffId !== undefined) throw outOfDate();
  return refuseOutOfDate(visit, accountPath);
}
