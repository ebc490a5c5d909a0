import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * `node build.ts [FOLDER]`: JavaScript and declarations into `dist/`, or another folder. What is published is built, because Node strips no types
 * below `node_modules`. What an earlier build left there would be packed too, and goes first.
 */
const root = import.meta.dirname;
const folder = resolve(process.argv[2] ?? join(root, 'dist'));
rmSync(folder, { recursive: true, force: true });
execFileSync(
  join(root, 'node_modules/.bin/tsc'),
  ['-p', join(root, 'tsconfig.build.json'), '--outDir', folder],
  { cwd: root, stdio: 'inherit' },
);
