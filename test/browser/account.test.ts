import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';
import { password, startWorld, type TestWorld } from '../harness/world.ts';
import { executable, launchOptions } from './chromium.ts';

const missing = executable === undefined ? 'no chromium on the path' : undefined;

test(
  'the account, in a browser without JavaScript',
  missing && !process.env.CI ? { skip: missing } : {},
  async (t) => {
    assert.ok(executable, 'CI needs chromium');
    let world: TestWorld;
    let browser: Browser;
    let base: string;

    before(async () => {
      world = await startWorld(sqlite);
      const tenant = await world.tenant();
      base = `http://${tenant.deployment.name}.api.localhost:${world.server.port}`;
      browser = await chromium.launch(launchOptions);
    });
    after(async () => {
      await browser?.close();
      closeConnections();
      await world?.close();
    });

    async function signedIn(secret = password): Promise<Page> {
      const page = await withPassword(secret);
      await page.getByRole('heading', { name: /^Your account at/ }).waitFor();
      return page;
    }

    async function toTheCode(secret: string): Promise<Page> {
      const page = await withPassword(secret);
      await page.getByRole('heading', { name: /^Your code for/ }).waitFor();
      return page;
    }

    async function withPassword(secret: string): Promise<Page> {
      const context = await browser.newContext({
        javaScriptEnabled: false,
        viewport: { width: 360, height: 640 },
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(`${base}/account`);
      await page.getByLabel('Username').fill('hermes');
      await page.getByLabel('Password', { exact: true }).fill(secret);
      await page.keyboard.press('Enter');
      return page;
    }

    await t.test('changes the password by keyboard alone, and ends the other sign-in', async () => {
      const other = await signedIn();
      const page = await signedIn();
      for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Change the password' }).waitFor();
      assert.equal(await page.getByLabel('End my sign-ins in other browsers').isChecked(), true);
      for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
      for (const typed of [password, 'good news, another one', 'good news, another one']) {
        await page.keyboard.type(typed);
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
      assert.equal(page.url(), `${base}/account?done=password`);
      await other.reload();
      await other.getByLabel('Password', { exact: true }).waitFor();
      await other.context().close();
      await page.context().close();
    });

    await t.test('ends a sign-in, then signs out, and the way back shows nothing', async () => {
      const other = await signedIn('good news, another one');
      const page = await signedIn('good news, another one');
      await page
        .getByRole('button', { name: /^End the sign-in of/ })
        .first()
        .click();
      await page.getByRole('status').waitFor();
      await other.reload();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      await page.goBack();
      await page.getByLabel('Password', { exact: true }).waitFor();
      await other.context().close();
      await page.context().close();
    });

    await t.test(
      'turns a second factor on by keyboard alone, and signs in with a code and with a recovery code',
      async () => {
        const secret = 'good news, another one';
        const page = await signedIn(secret);
        await page.getByRole('link', { name: 'Turn on a second factor' }).press('Enter');
        await page.getByRole('heading', { name: 'Second factor' }).waitFor();
        for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.getByRole('img', { name: 'QR code of the key below' }).waitFor();
        const key = (await page.locator('#key').innerText()).replace(/\s/g, '');
        await page.getByLabel('Code', { exact: true }).focus();
        await page.keyboard.type(codeAt(key, world.now));
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
        const codes = (await page.locator('#codes').innerText()).split('\n');
        assert.equal(codes.length, 10);
        await page.getByRole('link', { name: 'I have stored them: go on' }).press('Enter');
        await page.getByText('A sign-in asks for a code of your app.').waitFor();
        await page.context().close();
        world.now += 60;

        const next = await toTheCode(secret);
        await next.keyboard.press('Tab');
        await next.keyboard.press('Tab');
        await next.keyboard.type(wrongCodeAt(key, world.now));
        await next.keyboard.press('Enter');
        await next.getByRole('alert').filter({ hasText: 'The code is not right.' }).waitFor();
        await next.getByLabel('Code', { exact: true }).fill(codeAt(key, world.now));
        await next.keyboard.press('Enter');
        await next.getByRole('heading', { name: /^Your account at/ }).waitFor();
        await next.context().close();

        const lost = await toTheCode(secret);
        for (let i = 0; i < 4; i++) await lost.keyboard.press('Tab');
        await lost.keyboard.press('Enter');
        await lost.keyboard.press('Tab');
        await lost.keyboard.type((codes[0] ?? '').toUpperCase().replaceAll('-', ' '));
        await lost.keyboard.press('Enter');
        await lost.getByRole('heading', { name: /^Your account at/ }).waitFor();
        await lost.context().close();
      },
    );
  },
);
