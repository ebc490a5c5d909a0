import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { startSandbox } from '../../src/testing/start-sandbox.ts';
import { closeConnections } from '../harness/http.ts';
import { executable, launchOptions } from './chromium.ts';

const client = join(import.meta.dirname, '../../client/src');

/** What the page runs: the SDK, asking for companies with the credentials it is given. */
const script = `
import { createClient } from '${client}/index.ts';
import { companies } from '${client}/resources/companies.ts';

window.names = async ({ baseUrl, clientId, clientSecret }) => {
  const auth = { grant: 'client_credentials', clientId, clientSecret, scope: 'read(companies)' };
  const found = await createClient({ baseUrl, auth, resources: { companies }, retries: false }).companies.list();
  return found.ok ? found.response.map(({ name }) => name) : [found.verdict.cause];
};
`;

interface Given {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

type Names = (given: Given) => Promise<readonly string[]>;

/** Runs in the page. */
const namesIn = (given: Given): Promise<readonly string[]> =>
  (globalThis as unknown as { names: Names }).names(given).catch((error: Error) => [String(error)]);

const missing = executable === undefined ? 'no chromium on the path' : undefined;

test(
  'the SDK works in a page of localhost with the browser application of the sample, and with no other',
  missing && !process.env.CI ? { skip: missing } : {},
  async () => {
    assert.ok(executable, 'CI needs chromium');
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: client },
      bundle: true,
      write: false,
      format: 'iife',
      logLevel: 'silent',
    });
    const elsewhere = createServer((_, response) => response.end('<!doctype html><title>A client</title>'));
    const sandbox = await startSandbox({ sample: 2 });
    const browser = await chromium.launch(launchOptions);
    try {
      elsewhere.listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      const { port } = elsewhere.address() as AddressInfo;
      const { applications, url: baseUrl } = sandbox;
      for (const host of ['localhost', '127.0.0.1']) {
        const page = await (await browser.newContext()).newPage();
        await page.goto(`http://${host}:${port}/`);
        await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
        const asked = ({ clientId, secret }: typeof applications.browser) =>
          page.evaluate(namesIn, { baseUrl, clientId, clientSecret: secret });
        assert.equal((await asked(applications.browser)).length, 2);
        const [said] = await asked(applications.service);
        assert.match(said ?? '', /Failed to fetch/, 'the browser does not show what is not for this origin');
      }
    } finally {
      await browser.close();
      elsewhere.closeAllConnections();
      elsewhere.close();
      closeConnections();
      await sandbox.close();
    }
  },
);

test('the browser application of the sample is for pages only', async () => {
  const sandbox = await startSandbox({ sample: false });
  try {
    const { clientId, secret } = sandbox.applications.browser;
    const ask = (headers: Readonly<Record<string, string>>) =>
      fetch(`${sandbox.url}/oauth2/v0/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${btoa(`${clientId}:${secret}`)}`, ...headers },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    const page = await ask({ Origin: 'http://localhost:5173' });
    assert.equal(page.headers.get('access-control-allow-origin'), 'http://localhost:5173');
    assert.equal(page.status, 200);
    assert.equal((await ask({})).headers.get('x-status-cause'), 'domain.restricted');
    const foreign = await ask({ Origin: 'https://evil.example' });
    assert.equal(foreign.headers.get('x-status-cause'), 'domain.restricted');
  } finally {
    await sandbox.close();
  }
});
