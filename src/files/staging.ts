import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FilesAway } from './files.ts';

/** An upload in the temporary folder. */
export interface UploadDraft {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Removes it, if it is still there, and gives its room back. */
  drop(): Promise<void>;
}

export interface Staging {
  take(content: AsyncIterable<Uint8Array>): Promise<UploadDraft>;
  sweep(): Promise<number>;
}

/** Longer than any upload may take: another process may be writing here. */
const abandonedMs = 15 * 60_000;

/**
 * A folder for uploads that are not admitted yet. Callers need no token to send one, so all of them together may take `room` bytes.
 * `now` in milliseconds.
 */
export function staging(folder: string, room: number, now: () => number = Date.now): Staging {
  let bytesUsed = 0;
  return {
    async take(content) {
      const path = join(folder, randomBytes(16).toString('hex'));
      const hash = createHash('sha256');
      let size = 0;
      let dropped = false;
      const drop = async (): Promise<void> => {
        if (dropped) return;
        dropped = true;
        bytesUsed -= size;
        await rm(path, { force: true }).catch(() => {});
      };
      try {
        await mkdir(folder, { recursive: true });
        const file = await open(path, 'wx', 0o600);
        try {
          for await (const chunk of content) {
            if (bytesUsed + chunk.length > room) throw new FilesAway('too many uploads are under way');
            bytesUsed += chunk.length;
            size += chunk.length;
            hash.update(chunk);
            await file.writeFile(chunk);
          }
        } finally {
          await file.close();
        }
      } catch (error) {
        await drop();
        throw storageError(error);
      }
      return { path, size, sha256: hash.digest('hex'), drop };
    },
    async sweep() {
      let removed = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        if (!found || now() - found.mtimeMs < abandonedMs) continue;
        await rm(path, { force: true });
        removed++;
      }
      return removed;
    },
  };
}

const refusedCodes = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE', 'ENFILE', 'EIO', 'ENOTDIR']);

/** `FilesAway` for what the system refuses; another error, such as that of a stream, is returned as it is. */
export function storageError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && refusedCodes.has(code) ? new FilesAway(message, { cause: error }) : error;
}
