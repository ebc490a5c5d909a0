import type { Reading, Writing } from '../store/store.ts';
import { lifetimes, revokeFamily } from './tokens.ts';

/** An application that a person has allowed to act for them, by one consent or several. */
export interface Authorization {
  readonly applicationId: number;
  /** Each as it was granted, without repetition, the latest first. */
  readonly scopes: readonly string[];
  readonly first: number;
  readonly last: number;
}

/** Families of a person that are looked at, and that are ended at a time. */
const familiesMax = 10_000;
const columns = ['family', 'application_id', 'scope', 'date_created'] as const;

/** What a person has allowed and not taken back, as long as something of it can still be used; the latest first. */
export async function listAuthorizations(
  store: Reading,
  deployment: number,
  staffId: number,
  now: number,
): Promise<readonly Authorization[]> {
  const own = { staff_id: staffId, date_revoked: null };
  const rows = await store.list(deployment, {
    table: 'token_families',
    columns,
    where: own,
    limit: familiesMax,
  });
  const found = new Map<number, Authorization>();
  for (const row of rows.toSorted((one, other) => Number(other.date_created) - Number(one.date_created))) {
    const [applicationId, date] = [row.application_id as number, row.date_created as number];
    // A code that is not yet exchanged, or a token. The row of the family itself lasts longer than its tokens may.
    const mayBegin = date + lifetimes.code > now;
    if (!mayBegin && !(await hasToken(store, deployment, row.family as string, now))) continue;
    const before = found.get(applicationId);
    found.set(applicationId, {
      applicationId,
      scopes: [...new Set([...(before?.scopes ?? []), row.scope as string])],
      first: date,
      last: before?.last ?? date,
    });
  }
  return [...found.values()];
}

/** Whether an access token is good, or a refresh token that was not replaced: either may outlive the other. */
async function hasToken(store: Reading, deployment: number, family: string, now: number): Promise<boolean> {
  const good = { family, date_revoked: null, date_expires: { above: now } };
  return (
    (await store.find(deployment, 'tokens', ['digest'], good)) !== undefined ||
    (await store.find(deployment, 'refresh_tokens', ['digest'], { ...good, date_replaced: null })) !==
      undefined
  );
}

/**
 * Takes back what a person has allowed an application: every access and refresh token of it, and the codes that are not yet exchanged.
 * Answers whether there was anything.
 */
export async function revokeAuthorizations(
  writing: Writing,
  deployment: number,
  { staffId, applicationId }: { readonly staffId: number; readonly applicationId: number },
  now: number,
): Promise<boolean> {
  const own = { staff_id: staffId, application_id: applicationId, date_revoked: null };
  let ended = 0;
  for (let isLast = false; !isLast; ) {
    const rows = await writing.list(deployment, {
      table: 'token_families',
      columns: ['family'],
      where: own,
      limit: familiesMax,
    });
    for (const { family } of rows) await revokeFamily(writing, deployment, family as string, now);
    ended += rows.length;
    isLast = rows.length < familiesMax;
  }
  await writing.update(deployment, 'grants', { ...own, date_consumed: null }, { date_revoked: now });
  return ended > 0;
}
