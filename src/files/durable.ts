import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes what was written to a file, or the names in a folder, outlive a power cut. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder and those above it that are missing, each of which is a name in the one above. */
export async function makeFolder(path: string): Promise<void> {
  const whole = resolve(path);
  const first = await mkdir(whole, { recursive: true });
  // A folder that is there may have been made by a process that ended before it synced it.
  let at = whole;
  await syncAbove(at);
  for (; first !== undefined && at !== first; at = dirname(at)) await syncAbove(dirname(at));
}

/** A folder that this user may not read cannot be synced; its owner has to do that. */
const syncAbove = (path: string): Promise<void> =>
  sync(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES') throw error;
  });
