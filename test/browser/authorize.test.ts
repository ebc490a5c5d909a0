import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createApplication } from '../../src/identity/applications.ts';
import { sqlite } from '../harness/engines.ts';
import { exchange } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { password, type Registered, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { executable, launchOptions } from './chromium.ts';

const missing = executable === undefined ? 'no chromium on the path' : undefined;

test(
  'the authorization pages, in a browser without JavaScript',
  missing && !process.env.CI ? { skip: missing } : {},
  async (t) => {
    assert.ok(executable, 'CI needs chromium');
    let world: TestWorld;
    let tenant: Tenant;
    let browser: Browser;
    let base: string;
    let client: Registered;
    let back: string;
    const landing = createServer((_, response) => response.end('back at the client'));

    before(async () => {
      world = await startWorld(sqlite, { 'default-deployment': 'browser' });
      tenant = await world.tenant();
      await world.server.world.store.within((writing) =>
        writing.update(0, 'deployments', { id: tenant.deployment.id }, { name: 'browser' }),
      );
      base = `http://127.0.0.1:${world.server.port}`;
      landing.listen(0, '127.0.0.1');
      await once(landing, 'listening');
      back = `http://127.0.0.1:${(landing.address() as AddressInfo).port}/callback`;
      const { store } = world.server.world;
      client = await createApplication(
        store,
        tenant.deployment,
        { type: 'web', name: 'A client', staffId: 1, redirectUris: [back] },
        world.now,
      );
      browser = await chromium.launch(launchOptions);
    });
    after(async () => {
      await browser?.close();
      landing.closeAllConnections();
      landing.close();
      closeConnections();
      await world?.close();
    });

    async function pageOf(): Promise<Page> {
      const context = await browser.newContext({
        javaScriptEnabled: false,
        viewport: { width: 360, height: 640 },
      });
      const page = await context.newPage();
      // Nothing answers at the client's address: what matters is where the browser is sent.
      await page.route('https://planet-express.example/**', (route) =>
        route.fulfill({ status: 200, contentType: 'text/plain', body: 'back at the client' }),
      );
      return page;
    }

    const url = (client: string, more = ''): string =>
      `${base}/oauth2/v0/authorize?response_type=code&scope=read(companies)&client_id=${encodeURIComponent(client)}${more}`;

    await t.test('sign in by keyboard, allow, and land at the client with a code that works', async () => {
      const page = await pageOf();
      await page.goto(url(client.application.clientId, `&state=s1&redirect_uri=${encodeURIComponent(back)}`));
      await page.getByLabel('Username').fill('hermes');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL(`${back}*`);
      const landed = new URL(page.url());
      assert.equal(landed.origin + landed.pathname, back);
      assert.equal(landed.searchParams.get('state'), 's1');
      const here = exchange(tenant, landed.searchParams.get('code') ?? '', { redirect_uri: back }, client);
      const reply = await tenant.send({ ...here, headers: { ...here.headers, Host: '127.0.0.1' } });
      assert.equal(reply.http, 200, reply.text);
      assert.equal(JSON.parse(reply.text).scope, 'read(companies)');
      await page.context().close();
    });

    await t.test('an installed application gets a PIN, with a QR code', async () => {
      const page = await pageOf();
      await page.goto(url(tenant.installed.application.clientId));
      await page.getByLabel('Username').fill('hermes');
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Allow' }).click();
      const pin = /\d{10}/.exec((await page.textContent('main'))?.replaceAll(/\s/g, '') ?? '')?.[0];
      assert.ok(pin, await page.content());
      assert.equal(await page.locator('main svg').count(), 1);
      assert.equal(new URL(page.url()).pathname, '/oauth2/v0/authorize/pin');
      assert.ok(!page.url().includes(pin));
      const shown = await page.textContent('main');
      await page.reload();
      assert.equal(await page.textContent('main'), shown, 'a reload shows the same PIN');
      const sending = exchange(tenant, pin, {}, tenant.installed);
      // Typed as the page shows it.
      const code = `${pin.slice(0, 4)} ${pin.slice(4, 8)} ${pin.slice(8)}`;
      const body = new URLSearchParams({ grant_type: 'authorization_code', code }).toString();
      const reply = await tenant.send({
        ...sending,
        body,
        headers: { ...sending.headers, Host: '127.0.0.1' },
      });
      assert.equal(reply.http, 200, reply.text);
      await page.reload();
      assert.match((await page.textContent('main')) ?? '', /There is no PIN to show/, 'it was used');
      await page.context().close();
    });
  },
);
