import type { Reading, Store } from '../store/store.ts';
import { csrfToken, digestText } from './secrets.ts';

/** A browser at the authorization pages: nobody yet, or a person who signed in. */
export interface Session {
  readonly secret: string;
  readonly staffId: number | undefined;
  /** Must come back with every form of this session. */
  readonly csrf: string;
}

/** Seconds a sign-in lasts. */
export const sessionLifetime = 3_600;

export async function findSession(
  store: Reading,
  deployment: number,
  secret: string,
  now: number,
): Promise<Session | undefined> {
  const row = await store.find(deployment, 'sessions', ['staff_id', 'csrf', 'date_expires'], {
    digest: hash(secret),
  });
  if (!row || (row.date_expires as number) <= now) return undefined;
  return { secret, staffId: (row.staff_id as number | null) ?? undefined, csrf: row.csrf as string };
}

/** A new session, also at every sign-in: the secret from before it must not become a signed-in one. */
export async function startSession(
  store: Store,
  deployment: number,
  staffId: number | undefined,
  now: number,
): Promise<Session> {
  const session = { secret: csrfToken(), staffId, csrf: csrfToken() };
  await store.within((writing) =>
    writing.insert(deployment, 'sessions', {
      digest: hash(session.secret),
      staff_id: staffId ?? null,
      csrf: session.csrf,
      date_created: now,
      date_expires: now + sessionLifetime,
    }),
  );
  return session;
}

export async function endSession(store: Store, deployment: number, secret: string): Promise<void> {
  await store.within((writing) => writing.remove(deployment, 'sessions', { digest: hash(secret) }));
}

const hash = (secret: string): string => digestText(secret);
