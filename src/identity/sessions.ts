import { createHmac, randomBytes } from 'node:crypto';
import type { Reading, Store } from '../store/store.ts';
import { csrfToken, digest, digestText, sameSecret } from './secrets.ts';

/** A browser at the authorization pages: nobody yet, or a person who signed in. */
export interface Session {
  /** What the cookie of the browser says. */
  readonly secret: string;
  readonly staffId: number | undefined;
  /** Must come back with every form of this session. */
  readonly csrf: string;
}

/** Seconds a sign-in lasts, and a sign-in page. */
export const sessionLifetime = 3_600;

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

export async function findSession(
  store: Reading,
  deployment: number,
  secret: string,
  now: number,
): Promise<Session | undefined> {
  const row = await store.find(deployment, 'sessions', ['staff_id', 'csrf', 'date_expires'], {
    digest: digestText(secret),
  });
  if (!row || (row.date_expires as number) <= now) return undefined;
  return { secret, staffId: (row.staff_id as number | null) ?? undefined, csrf: row.csrf as string };
}

/** The session of a person, with a new secret at every sign-in: the one from before it must not become a signed-in one. */
export async function startSession(
  store: Store,
  deployment: number,
  staffId: number,
  now: number,
): Promise<Session> {
  const session = { secret: csrfToken(), staffId, csrf: csrfToken() };
  await store.within((writing) =>
    writing.insert(deployment, 'sessions', {
      digest: digestText(session.secret),
      staff_id: staffId,
      csrf: session.csrf,
      date_created: now,
      date_expires: now + sessionLifetime,
    }),
  );
  return session;
}

export async function endSession(store: Store, deployment: number, secret: string): Promise<void> {
  await store.within((writing) => writing.remove(deployment, 'sessions', { digest: digestText(secret) }));
}
