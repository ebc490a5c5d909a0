import { refuse } from '../contract/refuse.ts';
import { digestText } from '../identity/secrets.ts';
import type { Session } from '../identity/sessions.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import { type DeploymentHandler, enter } from '../request/walk.ts';
import type { World } from '../request/world.ts';
import { errorPage, pageAnswer } from './authorization-answer.ts';
import { findBrowserSession, findSignedIn } from './browser-session.ts';
import { noPinPage } from './pages/no-pin.ts';
import { type Pin, pinPage } from './pages/pin.ts';
import { personName } from './person-name.ts';
import { pinIn } from './pin-cookie.ts';

/** `GET /oauth2/v0/authorize/pin`: the PIN of the decision that was just made, as often as it is requested. It makes none. */
export const pinHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  answer: async (located, trail, world) => {
    const { received } = located;
    enter(trail, 'route');
    if (received.method !== 'GET') refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    enter(trail, 'authentication');
    const session = await findBrowserSession(located, world);
    const person = await findSignedIn(located, session, world);
    const signedIn = session && person && { person: personName(person), csrf: session.csrf };
    const found = session && signedIn && (await findPin(located, session, world));
    enter(trail, 'status');
    const html = found ? await pinPage({ ...found, signedIn }) : noPinPage(signedIn);
    return pageAnswer(trail, html, world);
  },
  refused: errorPage,
});

/** `undefined`: the browser sent none, or it was used, or it has expired. */
async function findPin(
  { received, deployment }: Located,
  session: Session,
  world: World,
): Promise<Omit<Pin, 'signedIn'> | undefined> {
  const code = pinIn(received, session);
  if (code === undefined) return undefined;
  const columns = ['application_id', 'date_expires', 'date_consumed', 'date_revoked'];
  const grant = await world.store.find(deployment.id, 'grants', columns, { digest: digestText(code) });
  const left = Number(grant?.date_expires ?? 0) - world.clock(deployment.id);
  if (!grant || grant.date_consumed !== null || grant.date_revoked !== null || left <= 0) return undefined;
  const where = { id: grant.application_id as number };
  const application = await world.store.find(deployment.id, 'applications', ['name'], where);
  return application && { application: String(application.name), pin: code, minutes: Math.ceil(left / 60) };
}
