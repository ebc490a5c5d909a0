import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Resource } from '../catalogue/resource.ts';
import { FileMissing, type Files, isKey } from '../files/files.ts';
import type { Values } from '../store/store.ts';
import { contentFields, fileKey } from './contents.ts';

/** Where a dump puts what files hold. */
export interface ContentsOut {
  readonly files: Files;
  readonly deployment: number;
  /** A path from where the dump is kept. */
  readonly folder: string;
  /** Takes a line for people: contents that are gone. */
  readonly remark: (line: string) => void;
}

/**
 * Writes the contents of a row that has some, and names the file in the object of the dump instead of the key, which is of use to this
 * deployment alone. Contents that are gone are told.
 */
export async function putContents(
  { files, deployment, folder, remark }: ContentsOut,
  resource: Resource,
  row: Values,
  object: Record<string, unknown>,
): Promise<void> {
  const names = contentFields(resource);
  if (!names) return;
  const key = row[resource.fields[names.content]?.column ?? ''];
  delete object[names.content];
  if (typeof key !== 'string' || !isKey(key)) return;
  // A title may be anything; the id keeps two of the same apart.
  const { titled } = resource;
  const title = String('own' in titled ? (row[resource.fields[titled.own]?.column ?? ''] ?? '') : '');
  const safe = title.replace(/[^\w.-]+/g, '_').slice(-80);
  const path = join(folder, `${row.id}-${safe}`);
  try {
    const { content } = await files.open(deployment, key);
    await mkdir(folder, { recursive: true });
    await pipeline(content, createWriteStream(path));
    object[fileKey] = path.replaceAll('\\', '/');
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error;
    remark(`${resource.name} ${row.id}: what it holds is gone; it is written without`);
  }
}
