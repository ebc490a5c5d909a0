import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { signInPage } from '../../src/console/pages/sign-in.ts';
import { page as respond } from '../../src/console/respond.ts';
import { executable, launchOptions } from './chromium.ts';
import { contrasts, focused, isStyled, misfits, selected, targetTop } from './in-page.ts';
import { samplePages } from './sample-pages.ts';

const found = executable;
// In CI a missing browser is a failure: a check that silently stops running is no check.
const skip = found === undefined && process.env.CI === undefined ? 'no chromium on the PATH' : false;

const names = Object.keys(samplePages);
const hidden = { csrf: 'a"b<c>&amp;', state: " '\t%20+;=ü\u{1f680} " };

describe('pages in a browser without JavaScript', { skip }, () => {
  let browser: Browser;
  let server: Server;
  let client: Server;
  let origin: string;
  let redirect: string;
  const posts: { headers: IncomingMessage['headers']; body: URLSearchParams }[] = [];

  /** `/form?allow=…` is the sign-in under a policy with that form action; a post is answered by a redirect to the client. */
  async function serve(): Promise<void> {
    client = createServer((_, response) => response.end('<!DOCTYPE html><title>client</title>'));
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve));
    redirect = `http://127.0.0.1:${(client.address() as AddressInfo).port}/back`;
    server = createServer(async (request, response) => {
      const url = new URL(request.url!, 'http://localhost');
      const name = url.pathname.slice(1);
      if (request.method === 'POST') {
        posts.push({ headers: request.headers, body: new URLSearchParams(await text(request)) });
        response.writeHead(303, { location: redirect }).end();
        return;
      }
      const pages: Readonly<Record<string, string>> = {
        ...samplePages,
        form: signInPage({ deployment: 'd', application: 'a', action: '/here', hidden }),
        forbidden: '<!DOCTYPE html><p style="color: red">x</p>',
      };
      const body = pages[name]!;
      const answer = respond(200, body, { formAction: url.searchParams.getAll('allow') });
      response
        .writeHead(answer.http, [...answer.headers.flat(), 'Content-Type', answer.type])
        .end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  before(async () => {
    assert.ok(found !== undefined, 'chromium is missing: install it, or run without CI set');
    await serve();
    browser = await chromium.launch(launchOptions);
  });
  after(async () => {
    await browser?.close();
    for (const one of [server, client]) {
      one?.closeAllConnections();
      one?.close();
    }
  });

  /** Runs in a page of its own, which also collects what the browser complains about. */
  async function within(
    options: BrowserContextOptions,
    work: (page: Page, complaints: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ ...options, javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await work(page, complaints);
    } finally {
      await context.close();
    }
  }

  test('no page breaks its policy, and a page that does is noticed', async () => {
    await within({}, async (page, complaints) => {
      for (const name of names) await page.goto(`${origin}/${name}`);
      assert.deepEqual(complaints, []);
      assert.equal(await page.evaluate(isStyled), true);
      await page.goto(`${origin}/forbidden`);
      assert.match(complaints.join('\n'), /Content Security Policy/);
    });
  });

  test('at 320 px nothing is wider than the screen and everything to press is 44 px high', async () => {
    await within({ viewport: { width: 320, height: 640 } }, async (page) => {
      for (const name of names) {
        await page.goto(`${origin}/${name}`);
        assert.deepEqual({ name, ...(await page.evaluate(misfits, 320)) }, { name, wide: [], low: [] });
      }
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${colorScheme}: all text has a contrast of 4.5 at least, edges of fields 3`, async () => {
      await within({ colorScheme }, async (page) => {
        const grounds = new Set<string>();
        for (const name of names) {
          await page.goto(`${origin}/${name}`);
          const { ground, texts, edges } = await page.evaluate(contrasts);
          grounds.add(ground);
          assert.ok(texts.length >= 4, name);
          assert.deepEqual({ name, poor: texts.filter(({ ratio }) => !(ratio >= 4.5)) }, { name, poor: [] });
          assert.deepEqual({ name, poor: edges.filter(({ ratio }) => !(ratio >= 3)) }, { name, poor: [] });
        }
        assert.deepEqual([...grounds], [colorScheme === 'light' ? 'rgb(238, 242, 239)' : 'rgb(14, 20, 18)']);
      });
    });
  }

  const orders: Readonly<Record<string, readonly string[]>> = {
    signIn: ['#main', 'username', 'password', 'Sign in'],
    consent: ['#main', '/account', 'Sign out', 'allow', 'deny', 'switch'],
    pin: ['#main', '/account', 'Sign out'],
    account: [
      '#main',
      '/account',
      'Sign out',
      '/account/password',
      '/account/second-factor',
      'End the sign-in of Safari on iPhone from 203.0.113.5',
    ],
    accountPassword: [
      '#main',
      '/account',
      'Sign out',
      'current',
      'new',
      'again',
      '1',
      'Change the password',
      '/account',
    ],
    signInCode: ['#main', 'code', 'Sign in', 'I do not have my phone'],
    secondFactorOff: ['#main', '/account', 'Sign out', 'Turn it on', '/account'],
    secondFactorOn: [
      '#main',
      '/account',
      'Sign out',
      'Make new recovery codes',
      'Use another app or phone',
      'Turn it off',
      '/account',
    ],
    recoveryCodes: ['#main', '/account', 'Sign out', '/account'],
    accountConfirm: ['#main', '/account', 'Sign out', 'password', 'Go on', '/account'],
    authorizationError: ['#main', '/docs/status-codes#invalid_request'],
    home: [
      '#main',
      '/',
      'http://planet-express.api.localhost:4280/account',
      '/docs/reference',
      '/api/v0/openapi.json',
      '/docs/status-codes',
    ],
    notFound: ['#main', '/', '/', '/docs/status-codes'],
    statusCodes: ['#main', '/', '#ok', '#invalid_client'],
    reference: ['#main', '/', '/api/v0/openapi.json', '/api/v0/openapi.yaml', '#activities'],
    referenceOf: ['#main', '/', '/docs/reference', '#listActivities'],
  };
  for (const [name, order] of Object.entries(orders)) {
    test(`${name}: Tab goes ${order.join(', ')}, and the focus can be seen`, async () => {
      await within({}, async (page) => {
        await page.goto(`${origin}/${name}`);
        const reached: string[] = [];
        for (const _ of order) {
          await page.keyboard.press('Tab');
          const { name: at, seen } = await page.evaluate(focused);
          reached.push(at);
          assert.ok(seen, at);
        }
        assert.deepEqual(reached, order);
      });
    });
  }

  test('the skip link leads past the header', async () => {
    await within({}, async (page) => {
      await page.goto(`${origin}/statusCodes`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      assert.equal((await page.evaluate(focused)).name, '#ok');
    });
  });

  test('the link of more_info arrives at its status', async () => {
    await within({ viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(`${origin}/statusCodes#invalid_scope`);
      const top = await page.evaluate(targetTop);
      assert.ok(top >= 0 && top < 100, String(top));
    });
  });

  test('a table on a phone is still a table to a screen reader', async () => {
    await within({ viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(`${origin}/statusCodes`);
      const rows = page.getByRole('table', { name: 'Causes of invalid_permission' }).getByRole('row');
      assert.equal(await rows.nth(1).getByRole('rowheader').textContent(), 'permission.lacking');
      assert.equal(await rows.nth(1).getByRole('cell').count(), 4);
    });
  });

  for (const name of ['pin', 'pinLong']) {
    test(`${name}: one click selects the PIN, and the copy has no spaces in it`, async () => {
      await within({ viewport: { width: 320, height: 640 } }, async (page) => {
        await page.goto(`${origin}/${name}`);
        await page.locator('#pin').click();
        const copied = await page.evaluate(selected);
        assert.equal(copied.trimEnd(), await page.locator('#pin').textContent());
        assert.match(copied.trimEnd(), /^\w{8,}$/);
        assert.equal(await page.getByRole('img', { name: 'QR code of the PIN above' }).count(), 1);
      });
    });
  }

  test('a form posts what was typed and, to the byte, what was hidden; its Origin is our own', async () => {
    await within({}, async (page) => {
      posts.length = 0;
      await page.goto(`${origin}/form?allow=${encodeURIComponent(redirect)}`);
      await page.getByLabel('Username').fill('fry "<&');
      await page.getByLabel('Password').fill("p'w");
      await page.keyboard.press('Enter');
      await page.waitForURL(redirect);
      assert.equal(posts.length, 1);
      assert.deepEqual(Object.fromEntries(posts[0]!.body), {
        ...hidden,
        username: 'fry "<&',
        password: "p'w",
      });
      assert.equal(posts[0]!.headers.origin, origin);
    });
  });

  test('each button of the consent posts its decision', async () => {
    await within({}, async (page) => {
      posts.length = 0;
      for (const name of ['Allow', 'Deny', 'Not you? Sign in as someone else']) {
        await page.goto(`${origin}/consent?allow=${encodeURIComponent(redirect)}`);
        await page.getByRole('button', { name }).click();
        await page.waitForURL(redirect);
      }
      assert.deepEqual(
        posts.map(({ body }) => body.get('decision')),
        ['allow', 'deny', 'switch'],
      );
    });
  });

  test('after a form, the browser follows a redirect to a client only where the policy names it', async () => {
    await within({}, async (page, complaints) => {
      await page.goto(`${origin}/form`);
      await page.getByLabel('Username').fill('fry');
      await page.getByLabel('Password').fill('x');
      const complained = page.waitForEvent('console');
      await page.keyboard.press('Enter');
      await complained;
      assert.match(complaints.join('\n'), /form-action/);
      assert.notEqual(page.url(), redirect);
    });
  });
});
