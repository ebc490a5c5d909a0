import { createHash } from 'node:crypto';
import { refuse } from '../../contract/refuse.ts';
import { defineTable } from '../../store/schema.ts';
import type { Reading, Writing } from '../../store/store.ts';
import type { Permitted } from '../07-permission/permit.ts';

/** Answers to requests with an `Idempotency-Key` (an extension of Accord), kept for a day, by application and person. `key` starts with the id of the person. */
export const idempotencyTable = defineTable(
  'idempotency_keys',
  ['application_id', 'key'],
  ['application_id#!', 'key!', 'digest!', 'answer!', 'date_expires#!'],
  { indices: [['date_expires']] },
);

/** Keys are swept when they expire. */
export const expiringKeys = Object.freeze({
  table: 'idempotency_keys',
  key: ['application_id', 'key'],
  kept: 0,
});

const daySeconds = 86_400;
const keyCharactersMax = 255;

/** The key a POST carries; `undefined` for none. Refuses `parameter.invalid` for one that is too long. */
export function idempotencyKey({ received, route }: Permitted): string | undefined {
  const key = received.headers['idempotency-key'];
  if (route.row.method !== 'POST' || key === undefined || key === '') return undefined;
  if (key.length > keyCharactersMax)
    refuse('parameter.invalid', {
      field: 'Idempotency-Key',
      detail: `at most ${keyCharactersMax} characters are wanted`,
    });
  return key;
}

/** People who use one application choose their keys independently. */
const whereOf = ({ caller }: Permitted, key: string) => ({
  application_id: caller.application.id,
  key: `${caller.person.id} ${key}`,
});

/** A digest of the request without its token: a client may have refreshed that before it retries. */
const digestOf = ({ received }: Permitted): string =>
  createHash('sha256')
    .update(JSON.stringify([received.path, sentIn(received.query), sentIn(received.body), filesOf(received)]))
    .digest('base64url');

const sentIn = (values: Permitted['received']['query'] | Permitted['received']['body']) =>
  [...values].filter(([name]) => name !== '_bearer_token');

const filesOf = ({ uploads }: Permitted['received']) =>
  [...uploads].map(([name, { filename, mimetype, staged }]) => [name, filename, mimetype, staged?.sha256]);

/** Whether an answer is kept under this key, and for long enough that this request can replay it. */
export async function isRemembered(
  store: Reading,
  request: Permitted,
  key: string,
  now: number,
): Promise<boolean> {
  const where = { ...whereOf(request, key), date_expires: { above: now + 60 } };
  return (await store.find(request.deployment.id, 'idempotency_keys', ['digest'], where)) !== undefined;
}

/** The answer that is kept under this key. Refuses `parameter.invalid` when the key came with another request. */
export async function replayed(
  writing: Writing,
  request: Permitted,
  key: string,
  now: number,
): Promise<string | undefined> {
  const where = whereOf(request, key);
  const row = await writing.find(
    request.deployment.id,
    'idempotency_keys',
    ['digest', 'answer', 'date_expires'],
    where,
  );
  if (!row) return undefined;
  if ((row.date_expires as number) <= now) {
    await writing.remove(request.deployment.id, 'idempotency_keys', where);
    return undefined;
  }
  if (row.digest !== digestOf(request)) {
    refuse('parameter.invalid', {
      field: 'Idempotency-Key',
      detail: 'it was used for another request within the last day',
    });
  }
  return row.answer as string;
}

/**
 * Inserts the key before anything is written: a second request waits here for the first, and throws `Clash` once that has committed.
 */
export async function claim(writing: Writing, request: Permitted, key: string, now: number): Promise<void> {
  await writing.insert(request.deployment.id, 'idempotency_keys', {
    ...whereOf(request, key),
    digest: digestOf(request),
    answer: '',
    date_expires: now + daySeconds,
  });
}

/** Keeps the answer in the same transaction as the write it answers. */
export async function remember(
  writing: Writing,
  request: Permitted,
  key: string,
  answer: string,
): Promise<void> {
  const where = whereOf(request, key);
  await writing.update(request.deployment.id, 'idempotency_keys', where, { answer });
}
