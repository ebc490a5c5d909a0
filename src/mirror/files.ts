import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { Failure } from '../contract/failure.ts';
import { type Files, FilesAway, isKey, type Staged } from '../files/files.ts';
import type { Values } from '../store/store.ts';
import { because, type Copying, keep } from './copying.ts';
import { progressed } from './journal.ts';
import type { Part } from './plan.ts';

/** Bytes: the longest file that is brought. */
export const longestFile = 2 ** 30;
/** Objects read from the store at once. */
const batch = 100;
/** Objects without a file, before any that has one: the server does not know the request. */
const most = 25;

/**
 * Brings what files hold, one request for each that is not here yet, in a full run for all. A file is kept, then its row is written: what
 * breaks off between leaves contents that no row leads to, and is brought again.
 */
export async function copyFiles(copying: Copying, part: Part): Promise<void> {
  const { store, deployment, tally, progress, mirror, files } = copying;
  const named = part.row.tells?.file;
  const before = await progressed(store, deployment, part.name, mirror.run);
  if (!files || !named || !before) return;
  progress.begin(part.name);
  const columns = columnsIn(part.resource, named);
  const began = mirror.began;
  let { last } = before;
  let brought = 0;
  let missing = 0;
  for (;;) {
    const objects = await store.list(deployment, {
      table: part.resource.name,
      columns: ['id', columns.content, columns.sha256, columns.size],
      where: { id: { above: last } },
      limit: batch,
    });
    for (const object of objects) {
      const id = object.id as number;
      if (mirror.full === 0 && isHere(object, columns)) continue;
      const found = await fetched(copying, part, id, object[columns.size]);
      if ('staged' in found) {
        const done = { run: mirror.run, last: id, began, since: before.since };
        await settle({ ...copying, files }, part, found.staged, id, (values) =>
          keep(copying, part.name, [{ resource: part.resource, id, values }], [], done),
        );
        await forget(files, deployment, object[columns.content]);
        brought++;
        continue;
      }
      tally.leftOut.set(part.name, `${++missing} of its files: ${found.why}`);
      if (found.forAll || (brought === 0 && missing >= most)) return;
    }
    last = Number(objects.at(-1)?.id ?? last);
    const over = objects.length < batch;
    const now = over
      ? { run: mirror.run, last: 0, began: null, since: began }
      : { run: mirror.run, last, began, since: before.since };
    await keep(copying, part.name, [], [], now);
    if (over) return;
  }
}

type Columns = Readonly<Record<'content' | 'sha256' | 'size', string>>;

const columnsIn = ({ fields }: Resource, { content, sha256, size }: Columns): Columns => ({
  content: fields[content]?.column ?? content,
  sha256: fields[sha256]?.column ?? sha256,
  size: fields[size]?.column ?? size,
});

const isHere = (object: Values, { content, sha256 }: Columns): boolean =>
  typeof object[content] === 'string' && isKey(object[content]) && object[sha256] !== null;

type Fetched = { readonly staged: Staged } | { readonly why: string; readonly forAll: boolean };

/** One file in its temporary place, as long as it is said to be; or why there is none. */
async function fetched(
  { source, files }: Copying,
  { row }: Part,
  id: number,
  told: Stored | undefined,
): Promise<Fetched> {
  const size = typeof told === 'number' ? told : undefined;
  const limit = Math.min(size ?? longestFile, longestFile);
  if (size !== undefined && size > longestFile)
    return { why: `${size} bytes are more than the ${longestFile} that are brought`, forAll: false };
  let staged: Staged | undefined;
  const answer = await source
    .download(row.path.replace(/\{\w+\}/, String(id)), async (content) => {
      await staged?.drop();
      staged = undefined;
      staged = await (files as Files).put(upTo(limit + 1, content));
      return staged;
    })
    .catch((error: unknown) => {
      if (!(error instanceof FilesAway)) throw error;
      throw new Failure(
        `the place of files has no room, or cannot be written (${error.message}): see to it, and run the same command again to go on; --no-files leaves them out`,
        { cause: error },
      );
    });
  // What is not given for one is given for none, but for one that has no file or is gone by now.
  if (!answer.ok) return { why: because(answer), forAll: answer.status !== 'invalid_request' };
  const got = answer.value;
  if (got.size <= limit && (size === undefined || got.size === size)) return { staged: got };
  await got.drop();
  const found = got.size > limit ? `more than ${limit}` : String(got.size);
  return { why: `${found} bytes came where ${size ?? limit} were told`, forAll: false };
}

/** The beginning of a file that may have no end. */
async function* upTo(limit: number, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const chunk of content) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** Makes a file durable and has it written down; what cannot be written down is removed. */
async function settle(
  { files, deployment }: Copying & { readonly files: Files },
  { row }: Part,
  staged: Staged,
  id: number,
  write: (values: Readonly<Record<string, Stored>>) => Promise<void>,
): Promise<void> {
  const named = row.tells?.file as Columns;
  const key = await staged.keep(deployment).catch((error: unknown) => {
    if (!(error instanceof FilesAway)) throw error;
    throw new Failure(
      `file ${id} could not be kept (${error.message}): make room, and run the same command again to go on`,
    );
  });
  await write({
    [named.content]: key,
    [named.sha256]: staged.sha256,
    [named.size]: staged.size,
  }).catch(async (error: unknown) => {
    await forget(files, deployment, key);
    throw error;
  });
}

/** Contents that no row leads to any more. */
async function forget(files: Files, deployment: number, key: Stored | undefined): Promise<void> {
  if (typeof key === 'string' && isKey(key)) await files.remove(deployment, key).catch(() => {});
}
