import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A folder in which the built SDK is installed, as `npm install` would; gone when it is released. */
export interface Installed {
  readonly folder: string;
  /** Where the package is. */
  readonly package: string;
  release(): Promise<void>;
}

export async function installBuilt(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-client-'));
  const release = () => rm(folder, { recursive: true });
  try {
    const place = join(folder, 'node_modules/accord-client');
    const tsc = join(root, 'node_modules/.bin/tsc');
    const args = [tsc, '-p', join(root, 'client'), '--outDir', join(place, 'dist')];
    const built = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stdout + built.stderr);
    await cp(join(root, 'client/package.json'), join(place, 'package.json'));
    return { folder, package: place, release };
  } catch (error) {
    await release();
    throw error;
  }
}
