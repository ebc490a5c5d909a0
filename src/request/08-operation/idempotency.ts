import { createHash } from 'node:crypto';
import { refuse } from '../../contract/refuse.ts';
import { defineTable } from '../../store/schema.ts';
import type { Reading, Writing } from '../../store/store.ts';
import type { Permitted } from '../07-permission/permit.ts';

/** Answers given to `Idempotency-Key` (ours), for a day, per application and person. `key` begins with the id of the person. */
export const idempotencyTable = defineTable(
  'idempotency_keys',
  ['application_id', 'key'],
  ['application_id#!', 'key!', 'digest!', 'answer!', 'date_expires#!'],
  { indices: [['date_expires']] },
);

/** Keys that have had their day. */
export const expiringKeys = Object.freeze({
  table: 'idempotency_keys',
  key: ['application_id', 'key'],
  kept: 0,
});

const day = 86_400;
const longest = 255;

/** The key a POST carries; `undefined` for none. Refuses `parameter.invalid` for one that is too long. */
export function idempotencyKey({ received, route }: Permitted): string | undefined {
  const key = received.headers['idempotency-key'];
  if (route.row.method !== 'POST' || key === undefined || key === '') return undefined;
  if (key.length > longest)
    refuse('parameter.invalid', {
      field: 'Idempotency-Key',
      detail: `at most ${longest} characters are wanted`,
    });
  return key;
}

/** Persons of one application choose their keys without knowing of each other. */
const whereOf = ({ caller }: Permitted, key: string) => ({
  application_id: caller.application.id,
  key: `${caller.person.id} ${key}`,
});

/** What was asked for, and not with which token: a client may have renewed it before it tries again. */
const digestOf = ({ received }: Permitted): string =>
  createHash('sha256')
    .update(JSON.stringify([received.path, sentIn(received.query), sentIn(received.body), filesOf(received)]))
    .digest('base64url');

const sentIn = (values: Permitted['received']['query'] | Permitted['received']['body']) =>
  [...values].filter(([name]) => name !== '_bearer_token');

const filesOf = ({ uploads }: Permitted['received']) =>
  [...uploads].map(([name, { filename, mimetype, staged }]) => [name, filename, mimetype, staged?.sha256]);

/** Whether an answer is kept under this key that will be given again, for as long as this request can take. */
export async function isRemembered(
  store: Reading,
  asked: Permitted,
  key: string,
  now: number,
): Promise<boolean> {
  const where = { ...whereOf(asked, key), date_expires: { above: now + 60 } };
  return (await store.find(asked.deployment.id, 'idempotency_keys', ['digest'], where)) !== undefined;
}

/** The answer given before to this key. Refuses `parameter.invalid` when it came with another request. */
export async function replayed(
  writing: Writing,
  asked: Permitted,
  key: string,
  now: number,
): Promise<string | undefined> {
  const where = whereOf(asked, key);
  const row = await writing.find(
    asked.deployment.id,
    'idempotency_keys',
    ['digest', 'answer', 'date_expires'],
    where,
  );
  if (!row) return undefined;
  if ((row.date_expires as number) <= now) {
    await writing.remove(asked.deployment.id, 'idempotency_keys', where);
    return undefined;
  }
  if (row.digest !== digestOf(asked)) {
    refuse('parameter.invalid', {
      field: 'Idempotency-Key',
      detail: 'it was used for another request within the last day',
    });
  }
  return row.answer as string;
}

/**
 * Takes the key before anything is written: whoever comes second waits here for the first, and throws `Clash` when that one has committed.
 */
export async function claim(writing: Writing, asked: Permitted, key: string, now: number): Promise<void> {
  await writing.insert(asked.deployment.id, 'idempotency_keys', {
    ...whereOf(asked, key),
    digest: digestOf(asked),
    answer: '',
    date_expires: now + day,
  });
}

/** Keeps the answer in the same transaction as the write it answers. */
export async function remember(
  writing: Writing,
  asked: Permitted,
  key: string,
  answer: string,
): Promise<void> {
  const where = whereOf(asked, key);
  await writing.update(asked.deployment.id, 'idempotency_keys', where, { answer });
}
