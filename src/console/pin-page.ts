import { refuse } from '../contract/refuse.ts';
import { digestText } from '../identity/secrets.ts';
import type { Received } from '../request/01-transport/received.ts';
import { type Located, locate } from '../request/02-deployment/locate.ts';
import { fallen } from '../request/fallen.ts';
import type { Concluded } from '../request/pipeline.ts';
import { enterStage, trailOf } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { errorPage, pageAnswer } from './authorization-answer.ts';
import { findBrowserSession } from './browser-session.ts';
import { noPin } from './pages/no-pin.ts';
import { type Pin, pin } from './pages/pin.ts';
import { pinIn } from './pin-cookie.ts';

/** `GET /oauth2/v0/authorize/pin`: the PIN of the decision that led here, as often as it is asked for. It makes none. */
export async function answerPinPage(received: Received, world: World): Promise<Concluded> {
  let trail = trailOf(received);
  try {
    const located = await locate(received, world);
    trail = enterStage(trail, 'route', { deployment: located.deployment });
    if (received.method !== 'GET') refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    trail = enterStage(trail, 'authentication');
    const shown = await shownPin(located, world);
    trail = enterStage(trail, 'status');
    return { answer: pageAnswer(trail, shown ? await pin(shown) : noPin(), world), trail };
  } catch (error) {
    trail = fallen(trail, error);
    return { answer: errorPage(trail, world), trail };
  }
}

/** `undefined`: none was brought along, or it has been used, or its time is over. */
async function shownPin(located: Located, world: World): Promise<Pin | undefined> {
  const { received, deployment } = located;
  const session = await findBrowserSession(located, world);
  const code = session && pinIn(received, session);
  if (code === undefined) return undefined;
  const columns = ['application_id', 'date_expires', 'date_consumed', 'date_revoked'];
  const grant = await world.store.find(deployment.id, 'grants', columns, { digest: digestText(code) });
  const left = Number(grant?.date_expires ?? 0) - world.clock(deployment.id);
  if (!grant || grant.date_consumed !== null || grant.date_revoked !== null || left <= 0) return undefined;
  const where = { id: grant.application_id as number };
  const application = await world.store.find(deployment.id, 'applications', ['name'], where);
  return application && { application: String(application.name), pin: code, minutes: Math.ceil(left / 60) };
}
