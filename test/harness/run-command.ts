import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const accord = join(import.meta.dirname, '../../src/cli/accord.ts');

/** What a command prints, however long; rejects when it fails. */
export async function listing(words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [accord, ...words], {
    env: { PATH: process.env.PATH ?? '' },
    maxBuffer: 2 ** 28,
  });
  return stdout;
}
