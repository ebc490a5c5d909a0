import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, sync } from './durable.ts';
import { FileMissing, type Files, isKey } from './files.ts';
import { staging, storageError } from './staging.ts';

export interface FolderOptions {
  readonly folder: string;
  /** Bytes that uploads under way may take together. */
  readonly room: number;
}

/** Files in a folder: `<folder>/<deployment>/<two digits of the key>/<key>`, uploads under way in `<folder>/.incoming`. */
export function folderFiles({ folder, room }: FolderOptions): Files {
  const incoming = staging(join(folder, '.incoming'), room);
  const pathOf = (deployment: number, key: string): string => {
    if (!isKey(key)) throw new FileMissing(`${key.slice(0, 40)} is not a key`);
    return join(folder, String(deployment), key.slice(0, 2), key);
  };
  let made: Promise<void> | undefined;
  /** The folder itself is made durable once, before it has its first file. */
  const make = async (): Promise<void> => {
    made ??= makeFolder(folder);
    try {
      await made;
    } catch (error) {
      made = undefined;
      throw storageError(error);
    }
  };
  /** The name of a file is durable only when its folder is, and those above. Another upload may have made them and not have synced them yet. */
  const syncName = async (final: string): Promise<void> => {
    await Promise.all([dirname(final), dirname(dirname(final)), folder].map(sync));
  };
  return {
    async put(content) {
      await make();
      const { path, size, sha256, drop } = await incoming.take(content);
      return {
        size,
        sha256,
        drop,
        keep: async (deployment) => {
          const key = randomBytes(16).toString('hex');
          const final = pathOf(deployment, key);
          try {
            await sync(path);
            await mkdir(dirname(final), { recursive: true });
            await rename(path, final);
            await syncName(final);
          } catch (error) {
            throw storageError(error);
          } finally {
            await drop();
          }
          return key;
        },
      };
    },
    async open(deployment, key, range) {
      const file = await open(pathOf(deployment, key), 'r').catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? new FileMissing(`${deployment}/${key}`) : storageError(error);
      });
      try {
        const { size } = await file.stat();
        const end = Math.min(range?.end ?? size - 1, size - 1);
        const start = range?.start ?? 0;
        // A stream's `end` is included: it cannot express an empty range.
        const length = Math.max(0, end - start + 1);
        return { length, content: file.createReadStream(length === 0 ? { end: 0 } : { start, end }) };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    remove: (deployment, key) => rm(pathOf(deployment, key), { force: true }),
    async copy(from, to, key) {
      const [there, final] = [pathOf(from, key), pathOf(to, key)];
      try {
        await mkdir(dirname(final), { recursive: true });
        // Contents never change: two names for the same bytes are as good as two files.
        await link(there, final).catch((error: NodeJS.ErrnoException) => {
          if (!['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(error.code ?? '')) throw error;
          return copyFile(there, final).then(() => sync(final));
        });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') throw new FileMissing(`${from}/${key}`);
        if (code !== 'EEXIST') throw storageError(error);
      }
      await syncName(final).catch((error: unknown) => {
        throw storageError(error);
      });
    },
    clear: (deployment) => rm(join(folder, String(deployment)), { recursive: true, force: true }),
    sweep: () => incoming.sweep(),
    close: async () => {},
  };
}
