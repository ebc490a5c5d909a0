import { resourceNamed } from '../catalogue/catalogue.ts';
import { refuse } from '../contract/refuse.ts';
import { FileMissing, isKey, type Opened, type Range } from '../files/files.ts';
import { missing } from '../objects/missing.ts';
import { findSeen } from '../objects/seen.ts';
import { may, type Permitted } from '../request/07-permission/permit.ts';
import type { FileFound } from '../request/08-operation/outcome.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import { viewerOf } from '../request/08-operation/viewer.ts';
import type { World } from '../request/world.ts';
import type { Reading } from '../store/store.ts';
import { dropKept, insertUpload, keepRequiredUpload, uploadAnswer } from './resources/kept-file.ts';

const columns = ['title', 'mimetype', 'filesize', 'sha256', 'content'] as const;

/**
 * `GET /resources/{id}/download`: the file, or the part that `Range` asks for. Refuses `object.missing` (also for a row that was loaded without its
 * file), `parameter.invalid` for a range that the file does not have, `data.corrupt` when the contents are gone or are not what was kept.
 */
const download = readVerb({
  run: async (asked, world) => {
    const { route, ids, received } = asked;
    const [id = 0] = ids;
    const row =
      (await findSeen(viewerOf(asked, world), route.owner, id, columns)) ?? missing(route.owner, id);
    const { title, mimetype, filesize, sha256, content: key } = row;
    if (typeof key !== 'string' || !isKey(key) || typeof filesize !== 'number')
      refuse('object.missing', { detail: `the file of resource ${id}` });
    const facts = {
      title: String(title ?? ''),
      mimetype: String(mimetype ?? ''),
      sha256: String(sha256 ?? ''),
      size: filesize,
    };
    const { headers } = received;
    if (names(headers['if-none-match'], facts.sha256))
      return { as: 'file', ...facts, send: 'unchanged', content: undefined };
    const range = sameFile(headers['if-range'], facts.sha256) ? rangeIn(headers.range, filesize) : undefined;
    const send = range ?? 'whole';
    const body = received.head ? undefined : await contentOf(asked, world, key, filesize, range);
    return { as: 'file', ...facts, send, content: body } satisfies { as: 'file' } & FileFound;
  },
});

async function contentOf(
  { deployment, ids }: Permitted,
  { files }: World,
  key: string,
  size: number,
  range: Range | undefined,
) {
  let opened: Opened;
  try {
    opened = await files.open(deployment.id, key, range);
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error;
    return refuse('data.corrupt', { exact: `the file ${key} of resource ${ids[0]} is not there` });
  }
  const wanted = range ? range.end - range.start + 1 : size;
  if (opened.length !== wanted) {
    opened.content.destroy();
    refuse('data.corrupt', {
      exact: `the file ${key} of resource ${ids[0]} has ${opened.length} bytes where ${wanted} are wanted`,
    });
  }
  return opened.content;
}

/** RFC 9110, 13.1.2: the comparison is weak. */
const names = (sent: string | undefined, sha256: string): boolean =>
  sent !== undefined &&
  (sent.trim() === '*' || sent.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${sha256}"`));

/** RFC 9110, 13.1.5: a part is of use only to who has the rest of the same file. There is no date to compare with. */
const sameFile = (sent: string | undefined, sha256: string): boolean =>
  sent === undefined || sent.trim() === `"${sha256}"`;

/** One range of bytes; several at once, other units and what is no range at all are ignored, as RFC 9110 allows. */
function rangeIn(sent: string | undefined, size: number): Range | undefined {
  const [, from = '', to = ''] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(sent ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) refuse('parameter.invalid', { field: 'Range', detail: `the file has ${size} bytes` });
  return { start, end };
}

/** `POST /{object}/{id}/collections/{id}/resources`. Refuses `object.missing` for a collection that is not the object's. */
const upload = writeVerb({
  prepare: async (asked, world) => {
    may(asked.caller, 'create', asked.route.answered);
    await checkCollection(asked, world, world.store);
    return keepRequiredUpload(asked);
  },
  abandon: dropKept,
  run: async (asked, context, kept) => {
    // Both are held until the commit.
    const { subject } = asked.route;
    const [id = 0, collection = 0] = asked.ids;
    if (subject && !(await context.store.holds(context.deployment, subject.name, { id })))
      missing(subject, id);
    await checkCollection(asked, context, context.store);
    await context.store.holds(context.deployment, 'collections', { id: collection });
    return uploadAnswer(await insertUpload(context, kept, { collection }), kept);
  },
});

async function checkCollection(
  { route, ids, deployment }: Permitted,
  { catalogue }: Pick<World, 'catalogue'>,
  store: Reading,
): Promise<void> {
  const subject = route.subject ?? route.owner;
  const [id = 0, collection = 0] = ids;
  if (!(await store.find(deployment.id, subject.name, ['id'], { id }))) missing(subject, id);
  const where = { id: collection, against_type: subject.singular, against_id: id };
  if (!(await store.find(deployment.id, 'collections', ['id'], where)))
    missing(resourceNamed(catalogue, 'collections'), collection);
}

export default { download, upload };
