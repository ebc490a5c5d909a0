import { statSync } from 'node:fs';

/** Files that take a process for themselves, and why. */
export const alone: Readonly<Record<string, string>> = {
  'test/sandbox/thousand-forks.test.ts': 'collects garbage, which takes long in a process that holds much',
  'test/testing/start-options.test.ts': 'sets TMPDIR of its process',
  'test/testing/start-sandbox.test.ts': 'sets TMPDIR of its process',
  'test/verbs/files.test.ts': 'collects garbage, which takes long in a process that holds much',
};

export interface Scheduled {
  readonly file: string;
  readonly alone: boolean;
}

/** Short files that take long: they run the commands of the documents. */
const slow: ReadonlySet<string> = new Set([
  'test/documents/guides.test.ts',
  'test/documents/start.test.ts',
  'test/documents/testing-guide.test.ts',
]);

/** Long files first, so that none is left when the others are done. A longer text takes longer, by and large. */
export function inOrder(files: readonly string[]): Scheduled[] {
  return files
    .map((file) => ({ file, size: slow.has(file) ? Number.MAX_SAFE_INTEGER : statSync(file).size }))
    .sort((one, other) => other.size - one.size)
    .map(({ file }) => ({ file, alone: Object.hasOwn(alone, file) }));
}
