import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

const copied = ['src', 'test', 'docs', 'client', 'bench', 'package.json', 'tsconfig.json', 'README.md'];

/** A copy of the project in a temporary folder, to be changed at will. */
export async function copyTree(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-mutation-'));
  for (const name of copied)
    await cp(join(root, name), join(folder, name), {
      recursive: true,
      filter: (from) => !from.includes('node_modules'),
    });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

export async function writeAll(folder: string, sources: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of sources) await writeFile(join(folder, file), text);
}
