import { createHmac, randomBytes } from 'node:crypto';
import { Busy, type Reading, type Store, Unreachable, type Values, type Writing } from '../store/store.ts';
import { csrfToken, digest, digestText, sameSecret } from './secrets.ts';

/** A browser at the authorization pages: nobody yet, or a person who signed in. */
export interface Session {
  /** What the cookie of the browser says. */
  readonly secret: string;
  readonly staffId: number | undefined;
  /** Must come back with every form of this session. */
  readonly csrf: string;
  /** When the password was given. */
  readonly since?: number;
}

/** Where a sign-in came from, as its person is shown it. */
export interface SignedInFrom {
  readonly address: string;
  /** What the browser calls itself. */
  readonly agent: string | undefined;
}

/** A sign-in as its person sees it. */
export interface SignedIn {
  /** A digest: it names the sign-in in forms, and nobody can sign in with it. */
  readonly id: string;
  readonly address: string | undefined;
  readonly agent: string | undefined;
  readonly began: number;
  readonly used: number;
}

/** Seconds a sign-in lasts, and a sign-in page. */
export const sessionLifetime = 3_600;
/** Seconds without a request after which a sign-in ends. */
export const sessionIdle = 1_800;
/** Seconds between two notes of the last use: a page that is reloaded does not write each time. */
const sessionNoted = 60;
/** Seconds for which a password that was given counts for what needs it again. */
export const passwordFresh = 300;

/** A session of nobody. The cookie holds all of it, signed: a stranger who opens the page writes nothing to the store. */
export function anonymousSession(key: Buffer, now: number): Session {
  const body = `${randomBytes(16).toString('base64url')}.${(now + sessionLifetime).toString(36)}`;
  return {
    secret: `${body}.${sign(key, 'cookie', body)}`,
    staffId: undefined,
    csrf: sign(key, 'csrf', body),
  };
}

/** The session of nobody that a cookie holds; `undefined` when it is over, or was not signed with this key. */
export function readAnonymous(key: Buffer, secret: string, now: number): Session | undefined {
  const last = secret.lastIndexOf('.');
  const body = secret.slice(0, last);
  if (!sameSecret(digest(secret.slice(last + 1)), digest(sign(key, 'cookie', body)))) return undefined;
  const expires = Number.parseInt(body.slice(body.indexOf('.') + 1), 36);
  return expires > now ? { secret, staffId: undefined, csrf: sign(key, 'csrf', body) } : undefined;
}

/** Whether a cookie is of the signed kind: the secret of a person's session has no dot. */
export const isAnonymous = (secret: string): boolean => secret.includes('.');

const sign = (key: Buffer, what: 'cookie' | 'csrf', body: string): string =>
  createHmac('sha256', key).update(`${what} ${body}`).digest('base64url');

/** The session of a person, unless it is over. Notes that it was used, if the store can be written: a page that is only read goes on. */
export async function findSession(
  store: Store,
  deployment: number,
  secret: string,
  now: number,
): Promise<Session | undefined> {
  const hash = digestText(secret);
  const row = await store.find(deployment, 'sessions', ['staff_id', 'csrf', ...dates], { digest: hash });
  if (!row || isOver(row, now)) return undefined;
  if (now - usedOf(row) >= sessionNoted)
    await store
      .within((writing) => writing.update(deployment, 'sessions', { digest: hash }, { date_used: now }))
      .catch((error: unknown) => {
        if (!(error instanceof Unreachable || error instanceof Busy)) throw error;
      });
  return {
    secret,
    staffId: (row.staff_id as number | null) ?? undefined,
    csrf: row.csrf as string,
    since: row.date_created as number,
  };
}

const dates = ['date_created', 'date_expires', 'date_used'] as const;

/** Sessions from before this was kept were used when they began. */
const usedOf = ({ date_used, date_created }: Values): number => (date_used ?? date_created) as number;

const isOver = (row: Values, now: number): boolean =>
  (row.date_expires as number) <= now || now - usedOf(row) >= sessionIdle;

/** The session of a person, with a new secret at every sign-in: the one from before it must not become a signed-in one. */
export async function startSession(
  store: Store,
  deployment: number,
  staffId: number,
  from: SignedInFrom,
  now: number,
): Promise<Session> {
  const session = { secret: csrfToken(), staffId, csrf: csrfToken(), since: now };
  await store.within((writing) =>
    writing.insert(deployment, 'sessions', {
      digest: digestText(session.secret),
      staff_id: staffId,
      csrf: session.csrf,
      address: from.address.slice(0, addressMax),
      agent: from.agent?.slice(0, agentMax) ?? null,
      date_created: now,
      date_used: now,
      date_expires: now + sessionLifetime,
    }),
  );
  return session;
}

/** Characters. */
const [addressMax, agentMax] = [64, 300];

export async function endSession(store: Store, deployment: number, secret: string): Promise<void> {
  await store.within((writing) => writing.remove(deployment, 'sessions', { digest: digestText(secret) }));
}

/** The id of a session among those of its person. */
export const idOf = ({ secret }: Session): string => digestText(secret);

/** The sign-ins of a person that are not over, the latest first; `limit` of them at most are looked at. */
export async function listSessions(
  store: Reading,
  deployment: number,
  staffId: number,
  now: number,
  limit: number,
): Promise<readonly SignedIn[]> {
  const columns = ['digest', 'address', 'agent', ...dates];
  const rows = await store.list(deployment, {
    table: 'sessions',
    columns,
    where: { staff_id: staffId },
    limit,
  });
  return rows
    .filter((row) => !isOver(row, now))
    .map((row) => ({
      id: row.digest as string,
      address: (row.address as string | null) ?? undefined,
      agent: (row.agent as string | null) ?? undefined,
      began: row.date_created as number,
      used: usedOf(row),
    }))
    .sort((one, other) => other.used - one.used || other.began - one.began);
}

/** Which sign-ins are to end: those of one person or of everybody; one of them, or all but one. */
export interface WhichSessions {
  readonly staffId?: number;
  readonly id?: string;
  readonly except?: string;
}

/** Ends sign-ins; answers how many there were. */
export const endSessions = (
  writing: Writing,
  deployment: number,
  { staffId, id, except }: WhichSessions,
): Promise<number> =>
  writing.remove(deployment, 'sessions', {
    ...(staffId === undefined ? {} : { staff_id: staffId }),
    ...(id === undefined ? {} : { digest: id }),
    ...(except === undefined ? {} : { digest: { not: except } }),
  });
