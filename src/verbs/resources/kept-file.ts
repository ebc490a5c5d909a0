import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { refuse } from '../../contract/refuse.ts';
import { insertObject } from '../../objects/write.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import type { World } from '../../request/world.ts';
import type { WriteContext } from '../../store/write-context.ts';

/** An uploaded file that is stored durably, and whose row is not written yet. */
export interface KeptFile {
  /** The key of its contents in `World.files`. */
  readonly key: string;
  readonly title: string;
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

const titleCharactersMax = 255;

/**
 * Keeps the file of a request, if it has one, outside the transaction that will write its row. Refuses `parameter.invalid` for a name that is too
 * long, and for text in place of a file.
 */
export async function keepUpload(request: Permitted): Promise<KeptFile | undefined> {
  const { upload: found, route, parameters, deployment } = request;
  for (const name of route.row.uploads ?? []) {
    const sent = parameters.get(name);
    if (sent !== undefined && sent !== null && sent !== '')
      refuse('parameter.invalid', { field: name, detail: 'a file in multipart/form-data is wanted' });
  }
  if (!found) return undefined;
  const { name, upload } = found;
  const title = upload.filename.replace(/\p{Cc}/gu, '') || 'unnamed';
  if (title.length > titleCharactersMax || !title.isWellFormed())
    refuse('parameter.invalid', {
      field: name,
      detail: `a file name of at most ${titleCharactersMax} characters is wanted`,
    });
  if (!upload.staged) throw upload.failure;
  const { size, sha256 } = upload.staged;
  const key = await upload.staged.keep(deployment.id);
  return { key, title, mimetype: mediaTypeIn(upload.mimetype), size, sha256 };
}

/** As `keepUpload`, where the file is required. Refuses `parameter.missing` too. */
export async function keepRequiredUpload(request: Permitted): Promise<KeptFile> {
  const kept = await keepUpload(request);
  const [field = 'file', ...others] = request.route.row.uploads ?? [];
  return (
    kept ?? refuse('parameter.missing', { field, ...(others.length > 0 ? { or: others.join(' or ') } : {}) })
  );
}

/** Removes the contents when no row was written. Where that fails, they stay as a file without a row. */
export async function dropKept(
  kept: KeptFile | undefined,
  { deployment }: Permitted,
  world: World,
): Promise<void> {
  if (kept) await world.files.remove(deployment.id, kept.key).catch(() => {});
}

/** Writes the row of a kept file. Returns its id. */
export const insertUpload = (
  context: WriteContext,
  { key, title, mimetype, size, sha256 }: KeptFile,
  more: Readonly<Record<string, Stored>>,
): Promise<number> =>
  insertObject(context, resourceNamed(context.catalogue, 'resources'), {
    values: { title, mimetype, filesize: size, content: key, sha256, ...more },
    names: {},
  });

/** The answer to an upload: "title, size, mimetype" of the reference, and the id, which a client needs to find the file again. */
export const uploadAnswer = (id: number, { title, size, mimetype }: KeptFile) => ({
  as: 'tree' as const,
  tree: { resource: { id: String(id), title, size: String(size), mimetype } },
});

/** The media type that was sent, without parameters; `application/octet-stream` for what is no media type. */
function mediaTypeIn(sent: string): string {
  const type = (sent.split(';', 1)[0] ?? '').trim().toLowerCase();
  return type.length <= 127 && /^[!#$&^_.+a-z0-9-]+\/[!#$&^_.+a-z0-9-]+$/.test(type)
    ? type
    : 'application/octet-stream';
}
