import { findPerson, type Person } from '../identity/people.ts';
import { hasSecondFactor } from '../identity/second-factor.ts';
import { digest, sameSecret } from '../identity/secrets.ts';
import {
  anonymousSession,
  endSession,
  findSession,
  isAnonymous,
  readAnonymous,
  type Session,
  startSession,
} from '../identity/sessions.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import type { World } from '../request/world.ts';

// Another tenant's host is a sibling: without the prefix it could set this cookie for the common domain (RFC 6265bis, 4.1.3.2).
const hostPrefix = '__Host-';
const sessionName = 'accord_sign_in';

/** The session whose cookie the browser sent; `undefined` if it is over or never existed. */
export async function findBrowserSession(
  { received, deployment }: Located,
  world: World,
): Promise<Session | undefined> {
  const secret = cookieIn(received, sessionName);
  if (secret === undefined) return undefined;
  const now = world.clock(deployment.id);
  return isAnonymous(secret)
    ? readAnonymous(await keyOf(deployment.id, world), secret, now)
    : findSession(world.store, deployment.id, secret, now);
}

/**
 * The person who is signed in. If that person may no longer sign in, or has no second factor where everybody needs one, the session is ended
 * here.
 */
export async function findSignedIn(
  located: Located,
  session: Session | undefined,
  world: World,
): Promise<Person | undefined> {
  if (session?.staffId === undefined) return undefined;
  const person = await findPerson(world.store, located.deployment.id, session.staffId);
  const active = person?.standing === 'active' ? person : undefined;
  if (
    active &&
    (!world.settings.requireSecondFactor ||
      (await hasSecondFactor(world.store, located.deployment.id, active.id)))
  )
    return active;
  await endBrowserSession(located, session, world);
  return undefined;
}

/** A session of nobody, for the sign-in page. */
export const newVisitor = async ({ deployment }: Located, world: World): Promise<Session> =>
  anonymousSession(await keyOf(deployment.id, world), world.clock(deployment.id));

const keyOf = (deployment: number, { keys }: World): Promise<Buffer> => keys.of('visitors', deployment);

/** A new session for a person who just signed in. The one before ends, so that nobody who knew its secret is signed in now. */
export async function signedInSession(
  located: Located,
  before: Session | undefined,
  staffId: number,
  world: World,
): Promise<Session> {
  await endBrowserSession(located, before, world);
  const { deployment, received } = located;
  const from = { address: received.address, agent: received.headers['user-agent'] };
  return startSession(world.store, deployment.id, { staffId, from, now: world.clock(deployment.id) });
}

/** Ends a session of a person. A session of nobody is not stored, so there is nothing to end. */
export async function endBrowserSession(
  { deployment }: Located,
  session: Session | undefined,
  world: World,
): Promise<void> {
  if (session && !isAnonymous(session.secret)) await endSession(world.store, deployment.id, session.secret);
}

/** The value of `Set-Cookie`. */
export const cookieOf = ({ secret }: Session, received: Received): string =>
  setCookie(sessionName, secret, received);

/** The value of `Set-Cookie` that has the browser forget the session. */
export const forgottenCookie = (received: Received): string =>
  `${setCookie(sessionName, '', received)}; Max-Age=0`;

/** The value of `Set-Cookie`. The cookie is also sent when a link of another site opens a page of this server. `path`: only without TLS. */
export const setCookie = (name: string, value: string, { https }: Received, path = '/'): string =>
  https
    ? `${hostPrefix}${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Secure`
    : `${name}=${value}; Path=${path}; HttpOnly; SameSite=Lax`;

/** Whether a form came from a page of this session. */
export function carriesCsrf({ body }: Pick<Received, 'body'>, { csrf }: Session): boolean {
  const sent = body.get('csrf');
  return typeof sent === 'string' && sameSecret(digest(csrf), digest(sent));
}

const cookieLengthMax = 200;

/** The value that `setCookie` has set. */
export function cookieIn({ headers, https }: Received, name: string): string | undefined {
  const whole = https ? `${hostPrefix}${name}` : name;
  for (const pair of headers.cookie?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== whole) continue;
    const value = pair.slice(equals + 1).trim();
    return value === '' || value.length > cookieLengthMax ? undefined : value;
  }
  return undefined;
}
