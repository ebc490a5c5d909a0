import type { Parameters } from '../../catalogue/sent.ts';
import { Refusal, refuse } from '../../contract/refuse.ts';
import type { Received } from '../../request/01-transport/received.ts';
import { locate } from '../../request/02-deployment/locate.ts';
import { single } from '../../request/06-parameters/single.ts';
import { fallen } from '../../request/fallen.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { enterStage, type Trail, trailOf } from '../../request/trail.ts';
import type { World } from '../../request/world.ts';
import { pageAnswer } from '../authorization-answer.ts';
import { carriesCsrf, findBrowserSession, findSignedIn } from '../browser-session.ts';
import { accountError } from '../pages/account-error.ts';
import { applicationsForm } from './applications.ts';
import { overviewPage } from './overview.ts';
import { passwordForm, passwordPage } from './password.ts';
import { secondFactorForm, secondFactorPage } from './second-factor.ts';
import { sessionsForm } from './sessions.ts';
import { askAgain, askToSignIn, codeForm, outOfDate, signInForm } from './sign-in.ts';
import { signedOutPage, signOutForm } from './sign-out.ts';
import { accountPath, led, type PersonVisit, type Visit } from './visit.ts';

type Handler<Of> = (visit: Of) => Promise<Concluded>;

/** What is at a path. A page that is missing leads to the account: the address of a form stays in the browser when the form is refused. */
type Place =
  | { readonly open: true; readonly page?: Handler<Visit>; readonly form?: Handler<Visit> }
  | { readonly open?: false; readonly page?: Handler<PersonVisit>; readonly form?: Handler<PersonVisit> };

/** By what follows `/account/`. `open`: also for who is not signed in. */
const places: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['', { page: overviewPage }],
  ['password', { page: passwordPage, form: passwordForm }],
  ['sessions', { form: sessionsForm }],
  ['applications', { form: applicationsForm }],
  ['second-factor', { page: secondFactorPage, form: secondFactorForm }],
  ['sign-in', { open: true, form: signInForm }],
  ['code', { open: true, form: codeForm }],
  ['sign-out', { open: true, form: signOutForm }],
  ['signed-out', { open: true, page: signedOutPage }],
]);

const placeIn = ({ segments: [first, second = '', ...more] }: Received): Place | undefined =>
  first === 'account' && more.length === 0 ? places.get(second) : undefined;

export const asksForAccount = (received: Received): boolean => placeIn(received) !== undefined;

/** `/account` and what is below it: what a person sees and changes of their own account at the deployment of the host. */
export async function answerAccount(received: Received, world: World): Promise<Concluded> {
  let trail = trailOf(received);
  try {
    const located = await locate(received, world);
    trail = enterStage(trail, 'route', { deployment: located.deployment });
    const place = placeIn(received);
    if (!place) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    const posts = received.method === 'POST';
    if ((!posts && received.method !== 'GET') || (posts && !place.form))
      refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    trail = enterStage(trail, 'authentication');
    const session = await findBrowserSession(located, world);
    trail = enterStage(trail, 'parameters');
    const fields = formIn(received);
    const visit = { ...located, world, session, fields, trail };
    if (!posts && !place.page) return led(visit, accountPath);
    // Who is signed in no more, as in a page left open, has nothing left to sign out of.
    const harmless = place.form === signOutForm && session?.staffId === undefined;
    if (posts && !harmless && !(session && carriesCsrf(received, session))) return await outdated(visit);
    trail = enterStage(trail, 'operation');
    return await answerAt(place, { ...visit, trail });
  } catch (error) {
    trail = fallen(trail, error);
    return { answer: errorAnswer(trail, world), trail };
  }
}

/** Never from the URL, which others can write. Refuses `body.malformed` and `parameter.repeated`. */
function formIn(received: Received): Parameters {
  single(received);
  return { get: (name) => received.body.get(name), has: (name) => received.body.has(name) };
}

async function answerAt(place: Place, visit: Visit): Promise<Concluded> {
  const posts = visit.received.method === 'POST';
  if (place.open) return ((posts ? place.form : place.page) as Handler<Visit>)(visit);
  const { session } = visit;
  const person = await findSignedIn(visit, session, visit.world);
  if (session && person)
    return ((posts ? place.form : place.page) as Handler<PersonVisit>)({ ...visit, session, person });
  // What is left of the sign-in of a person who is gone is good for nothing.
  const nobody = { ...visit, session: session?.staffId === undefined ? session : undefined };
  return posts ? outdated(nobody) : askToSignIn(nobody, visit.received.path);
}

/** A form of another session, or of one that is over, does nothing. */
function outdated(visit: Visit): Promise<Concluded> {
  if (visit.session?.staffId !== undefined) throw outOfDate();
  return askAgain(visit, accountPath);
}

function errorAnswer(trail: Trail, world: World) {
  const { received, refusal } = trail;
  const { because, particulars } = refusal ?? { because: 'routine.threw', particulars: {} };
  const whole = new Refusal(because, particulars);
  const message = whole.messageFor(received.id);
  return pageAnswer(trail, accountError({ message, requestId: received.id, status: whole.status }), world);
}
