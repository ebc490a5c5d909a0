// In JavaScript, and without an import that an old Node does not know, so that such a Node gets a sentence.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  const error = new Error(
    `accord/sandbox needs Node 24 or later, and this is ${process.version}. Accord brings one along: put npx before node, as in "npx node --test"`,
  );
  error.stack = error.message;
  throw error;
}
// Below node_modules Node strips no types: an installed package runs what was built.
const installed = import.meta.url.includes('/node_modules/');
const { startSandbox, tellReads, watch } = await import(
  installed ? new URL('../../dist/testing/start-sandbox.js', import.meta.url).href : './start-sandbox.ts'
);

export { startSandbox, tellReads, watch };
