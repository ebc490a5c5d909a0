import type { Reading, Store, Writing } from '../store/store.ts';
import type { Keys } from './keys.ts';
import { digestOf, type RecoveryCodes, recoveryCodesMade } from './recovery-codes.ts';
import { seal, unseal } from './refresh.ts';
import { endSessions } from './sessions.ts';
import { stepOfCode } from './totp.ts';

/** What a person is shown of their second factor. */
export interface SecondFactor {
  /** Unix seconds. */
  readonly since: number;
  readonly recoveryCodesLeft: number;
}

/** A second factor that is turned on. */
export interface NewSecondFactor {
  /** The key, of `sealKey`. */
  readonly sealed: string;
  /** Of the code that showed that the person has the key. */
  readonly step: number;
  readonly recovery: RecoveryCodes;
  /** In place of the one before, if there is one. */
  readonly replaces: boolean;
  readonly now: number;
}

// Not of the deployment: a copy of one in a sandbox has the same people, and they have the same app.
const sealing = async (keys: Keys): Promise<string> =>
  (await keys.of('second factors', 0)).toString('base64url');
const purposeOf = (staffId: number): string => `second factor ${staffId}`;

export const hasSecondFactor = async (
  store: Reading,
  deployment: number,
  staffId: number,
): Promise<boolean> =>
  (await store.find(deployment, 'second_factors', ['staff_id'], { staff_id: staffId })) !== undefined;

export async function findSecondFactor(
  store: Reading,
  deployment: number,
  staffId: number,
): Promise<SecondFactor | undefined> {
  const own = { staff_id: staffId };
  const row = await store.find(deployment, 'second_factors', ['date_created'], own);
  if (!row) return undefined;
  const left = await store.list(deployment, {
    table: 'recovery_codes',
    columns: ['digest'],
    where: own,
    limit: recoveryCodesMade,
  });
  return { since: row.date_created as number, recoveryCodesLeft: left.length };
}

/** The key as it is kept. To be made before the transaction that keeps it. */
export const sealKey = async (keys: Keys, staffId: number, key: string): Promise<string> =>
  seal(key, await sealing(keys), purposeOf(staffId));

/** Turns it on; all sign-ins of the person end. Throws `Clash` when there is one that is not to be replaced. */
export async function keepSecondFactor(
  writing: Writing,
  deployment: number,
  staffId: number,
  { sealed, step, recovery, replaces, now }: NewSecondFactor,
): Promise<void> {
  const row = { staff_id: staffId, key: sealed, step, salt: recovery.salt, date_created: now };
  if (replaces) await writing.upsert(deployment, 'second_factors', row);
  else await writing.insert(deployment, 'second_factors', row);
  await writeCodes(writing, deployment, staffId, recovery, now);
  await endSessions(writing, deployment, { staffId });
}

/** New recovery codes in place of those before; `false`: there is no second factor. */
export async function replaceRecoveryCodes(
  writing: Writing,
  deployment: number,
  staffId: number,
  recovery: RecoveryCodes,
  now: number,
): Promise<boolean> {
  const own = { staff_id: staffId };
  const changed = await writing.update(deployment, 'second_factors', own, { salt: recovery.salt });
  if (changed > 0) await writeCodes(writing, deployment, staffId, recovery, now);
  return changed > 0;
}

async function writeCodes(
  writing: Writing,
  deployment: number,
  staffId: number,
  { digests }: RecoveryCodes,
  now: number,
): Promise<void> {
  const own = { staff_id: staffId };
  await writing.remove(deployment, 'recovery_codes', own);
  for (const digest of digests)
    await writing.insert(deployment, 'recovery_codes', { ...own, digest, date_created: now });
}

/** Whether there was one. All sign-ins of the person end. */
export async function removeSecondFactor(
  writing: Writing,
  deployment: number,
  staffId: number,
): Promise<boolean> {
  const own = { staff_id: staffId };
  const removed = await writing.remove(deployment, 'second_factors', own);
  await writing.remove(deployment, 'recovery_codes', own);
  await endSessions(writing, deployment, { staffId });
  return removed > 0;
}

/** What a code comes to: `used` if it was right and somebody was let in with it, or with a later one. */
export type CodeResult = 'right' | 'wrong' | 'used';

interface Place {
  readonly store: Store;
  readonly keys: Keys;
}

/** Takes a code of the app. Of requests with the same code one is answered `right`. */
export async function takeCode(
  { store, keys }: Place,
  deployment: number,
  staffId: number,
  code: string,
  now: number,
): Promise<CodeResult> {
  const own = { staff_id: staffId };
  const row = await store.find(deployment, 'second_factors', ['key'], own);
  if (!row) return 'wrong';
  const key = unseal(row.key as string, await sealing(keys), purposeOf(staffId));
  const step = await stepOfCode(key, code, now);
  if (step === undefined) return 'wrong';
  // The same key still: a code of one that was replaced meanwhile is worth nothing.
  const where = { ...own, key: row.key as string, step: { below: step } };
  const taken = await store.within((writing) =>
    writing.update(deployment, 'second_factors', where, { step }),
  );
  return taken > 0 ? 'right' : 'used';
}

/** Takes a recovery code: it is gone afterwards. */
export async function takeRecoveryCode(
  store: Store,
  deployment: number,
  staffId: number,
  code: string,
): Promise<CodeResult> {
  const own = { staff_id: staffId };
  const row = await store.find(deployment, 'second_factors', ['salt'], own);
  const digest = row && (await digestOf(code, row.salt as string));
  if (digest === undefined) return 'wrong';
  const taken = await store.within((writing) =>
    writing.remove(deployment, 'recovery_codes', { ...own, digest }),
  );
  return taken > 0 ? 'right' : 'wrong';
}
