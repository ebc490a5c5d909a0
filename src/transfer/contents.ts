import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve, sep } from 'node:path';
import type { Resource } from '../catalogue/resource.ts';
import { refuse } from '../contract/refuse.ts';
import type { Files } from '../files/files.ts';
import type { Prepared } from './prepare.ts';

/** What a row calls the file whose contents it is to have: a path, beside the data file or below. */
export const fileKey = 'file';

/** The fields that keep where contents are, their SHA-256 and their bytes; `undefined`: objects of this kind have none. */
export const contentFields = ({ requests }: Resource) =>
  requests.find(({ tells }) => tells?.file)?.tells?.file;

/** A file that a row names. */
export interface Named {
  readonly path: string;
  /** What the object is called, unless its row says so. */
  readonly title: string;
}

/**
 * The file that a row names, which has to be in the folder of the data file; `folder`: `undefined` where there is none (standard input). Refuses
 * `parameter.invalid`, also for a link that leads out of it.
 */
export async function findFile(folder: string | undefined, given: unknown): Promise<Named> {
  const invalid = (detail: string): never => refuse('parameter.invalid', { field: fileKey, detail });
  if (typeof given !== 'string' || given === '') return invalid('the path of a file is wanted');
  if (folder === undefined)
    return invalid('a file is looked for beside the data file, and standard input is beside nothing');
  if (isAbsolute(given)) invalid('a path from the folder of the data file is wanted');
  const root = await realpath(folder);
  const asked = resolve(root, given);
  const outside = (path: string): boolean => !path.startsWith(root.endsWith(sep) ? root : root + sep);
  // Checked before the path is opened: a data file must not find out whether a path outside its folder exists.
  if (outside(asked)) invalid('it leads out of the folder of the data file');
  const path = await realpath(asked).catch(() => invalid(`there is no file ${given}`));
  if (outside(path)) invalid('it leads out of the folder of the data file');
  if (!(await stat(path)).isFile()) invalid(`${given} is no file`);
  return { path, title: basename(asked) };
}

/** Makes the contents durable that rows name. Answers the rows with where they are; `drop` removes them again. */
export async function keepContents(
  rows: readonly Prepared[],
  files: Files,
  deployment: number,
): Promise<{ readonly rows: readonly Prepared[]; readonly drop: () => Promise<void> }> {
  const kept: string[] = [];
  const drop = async (): Promise<void> => {
    for (const key of kept) await files.remove(deployment, key).catch(() => {});
  };
  const filled: Prepared[] = [];
  try {
    for (const row of rows) {
      const names = contentFields(row.resource);
      if (row.file === undefined || names === undefined) {
        filled.push(row);
        continue;
      }
      const staged = await files.put(createReadStream(row.file));
      const key = await staged.keep(deployment);
      kept.push(key);
      const where = { [names.content]: key, [names.sha256]: staged.sha256, [names.size]: staged.size };
      filled.push({ ...row, values: { ...row.values, ...where } });
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { rows: filled, drop };
}
