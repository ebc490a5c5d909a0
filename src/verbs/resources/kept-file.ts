import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { refuse } from '../../contract/refuse.ts';
import { insertObject } from '../../objects/write.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import type { World } from '../../request/world.ts';
import type { WriteContext } from '../../store/write-context.ts';

/** A file that came with a request and is durable by now; its row is not written yet. */
export interface KeptFile {
  /** Of its contents in `World.files`. */
  readonly key: string;
  readonly title: string;
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

const longestTitle = 255;

/**
 * Keeps the file of a request, if it has one, outside the transaction that will write its row. Refuses `parameter.invalid` for a name that is too
 * long, and for text where a file belongs.
 */
export async function keepUpload(asked: Permitted): Promise<KeptFile | undefined> {
  const { upload: found, route, parameters, deployment } = asked;
  for (const name of route.row.uploads ?? []) {
    const sent = parameters.get(name);
    if (sent !== undefined && sent !== null && sent !== '')
      refuse('parameter.invalid', { field: name, detail: 'a file in multipart/form-data is wanted' });
  }
  if (!found) return undefined;
  const { name, upload } = found;
  const title = upload.filename.replace(/\p{Cc}/gu, '') || 'unnamed';
  if (title.length > longestTitle || !title.isWellFormed())
    refuse('parameter.invalid', {
      field: name,
      detail: `a file name of at most ${longestTitle} characters is wanted`,
    });
  if (!upload.staged) throw upload.failure;
  const { size, sha256 } = upload.staged;
  const key = await upload.staged.keep(deployment.id);
  return { key, title, mimetype: mediaTypeIn(upload.mimetype), size, sha256 };
}

/** As `keepUpload`, where the file is required. Refuses `parameter.missing` too. */
export async function keepRequiredUpload(asked: Permitted): Promise<KeptFile> {
  const kept = await keepUpload(asked);
  const [field = 'file', ...others] = asked.route.row.uploads ?? [];
  return (
    kept ?? refuse('parameter.missing', { field, ...(others.length > 0 ? { or: others.join(' or ') } : {}) })
  );
}

/** Takes the contents back when no row was written. What cannot be removed now is an object that nothing leads to. */
export async function dropKept(
  kept: KeptFile | undefined,
  { deployment }: Permitted,
  world: World,
): Promise<void> {
  if (kept) await world.files.remove(deployment.id, kept.key).catch(() => {});
}

/** Writes the row of a kept file. Answers its id. */
export const insertUpload = (
  context: WriteContext,
  { key, title, mimetype, size, sha256 }: KeptFile,
  more: Readonly<Record<string, Stored>>,
): Promise<number> =>
  insertObject(context, resourceNamed(context.catalogue, 'resources'), {
    values: { title, mimetype, filesize: size, content: key, sha256, ...more },
    names: {},
  });

/** What an upload answers: "title, size, mimetype" of the reference, and the id, without which nobody could find it again. */
export const uploadAnswer = (id: number, { title, size, mimetype }: KeptFile) => ({
  as: 'tree' as const,
  tree: { resource: { id: String(id), title, size: String(size), mimetype } },
});

/** The media type that the caller says, without parameters; whatever is no media type is bytes. */
function mediaTypeIn(sent: string): string {
  const type = (sent.split(';', 1)[0] ?? '').trim().toLowerCase();
  return type.length <= 127 && /^[!#$&^_.+a-z0-9-]+\/[!#$&^_.+a-z0-9-]+$/.test(type)
    ? type
    : 'application/octet-stream';
}
