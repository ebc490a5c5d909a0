import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../files/files.ts';
import { folderFiles } from '../files/folder.ts';
import type { Config } from './config.ts';

/** Uploads of the largest size that may be under way at once; callers need no token to start one. */
const uploadsAtOnce = 20;

/** Opens the place of files that the configuration names. `release` lets go of it, and removes one that was for this process alone. */
export async function openFiles(
  { files: place, data, uploadBytesMax }: Pick<Config, 'files' | 'data' | 'uploadBytesMax'>,
  room = uploadsAtOnce * uploadBytesMax,
): Promise<{ files: Files; release(): Promise<void> }> {
  // What keeps nothing keeps no files either.
  const temporary = data === ':memory:' ? await mkdtemp(join(tmpdir(), 'accord-files-')) : undefined;
  let files: Files;
  if ('s3' in place) {
    const { s3Files } = await import('../files/s3.ts');
    files = s3Files({ ...place.s3, incoming: join(temporary ?? data, 'uploads'), room });
  } else files = folderFiles({ folder: place.folder ?? temporary ?? data, room });
  return {
    files,
    release: async () => {
      await files.close();
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    },
  };
}
