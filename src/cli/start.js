#!/usr/bin/env node
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  process.stderr.write(
    `accord: it runs on Node 24 or later, and this is ${process.version}: start it with npm, or with ${own}\n`,
  );
  process.exit(2);
}
// Types are stripped and code is compiled once, not at every start. In JavaScript, because a first file in TypeScript would load the
// stripper itself, some 15 MB, before there is a cache to ask.
module.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/accord', import.meta.url)));
// Below node_modules Node strips no types: an installed package runs what was built.
const installed = import.meta.url.includes('/node_modules/');
await import(installed ? new URL('../../dist/cli/accord.js', import.meta.url).href : './accord.ts');
