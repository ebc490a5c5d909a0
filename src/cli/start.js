#!/usr/bin/env node
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
// Below node_modules Node strips no types: an installed package runs what was built.
const installed = import.meta.url.includes('/node_modules/');
const [major] = process.versions.node.split('.').map(Number);
const oldNode = () => {
  const way = installed
    ? 'start it with npx accord'
    : `start it with npm, or with ${at('../../node_modules/.bin/node')}`;
  return `it runs on Node 24 or later, and this is ${process.version}: ${way}`;
};
let problem;
if (!installed && !existsSync(at('../../node_modules/commander')))
  problem = 'its dependencies are not installed yet: run npm ci first';
else if (major < 24) problem = oldNode();
if (problem !== undefined) {
  process.stderr.write(`accord: ${problem}\n`);
  process.exit(2);
}
// Types are stripped and code is compiled once, not at every start. In JavaScript, because a first file in TypeScript would load the
// stripper itself, some 15 MB, before there is a cache to ask.
module.enableCompileCache(at('../../node_modules/.cache/accord'));
await import(installed ? new URL('../../dist/cli/accord.js', import.meta.url).href : './accord.ts');
