import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `node build.js [FOLDER]`: JavaScript and declarations into `dist/`, or another folder. What is published is built, because Node strips no types
 * below `node_modules`. In JavaScript, so that it can say what is missing before `npm ci`, when only an old Node may be there.
 */
const root = dirname(fileURLToPath(import.meta.url));
const compiler = join(root, 'node_modules/.bin/tsc');
if (!existsSync(compiler)) {
  process.stderr.write('accord: the compiler is not there yet: run npm ci first\n');
  process.exit(2);
}
const folder = resolve(process.argv[2] ?? join(root, 'dist'));
// What an earlier build left there would be packed too.
rmSync(folder, { recursive: true, force: true });
execFileSync(compiler, ['-p', join(root, 'tsconfig.build.json'), '--outDir', folder], {
  cwd: root,
  stdio: 'inherit',
});
// The OpenAPI document is made with the recorded examples, which no module imports.
copyFileSync(join(root, 'src/openapi/examples.json'), join(folder, 'openapi/examples.json'));
