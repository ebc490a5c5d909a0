import assert from 'node:assert/strict';
import { form } from '../harness/forms.ts';
import type { Reply, Sending } from '../harness/http.ts';
import { signIn } from '../harness/sign-in.ts';
import { codeAt } from '../harness/totp.ts';
import { password, type Tenant } from '../harness/world.ts';
import { asking, path as authorizePath, formOn } from '../security/pages.ts';
import { Browser } from './account-pages.ts';

export const factorPath = '/account/second-factor';

/** Seconds of two steps: what comes later needs a code of its own. */
export const later = 60;

/** The key that a page shows. */
export const keyIn = ({ text }: Reply): string =>
  (/<p class="key"[^>]*>(.*?)<\/p>/s.exec(text)?.[1] ?? '').replace(/<[^>]*>/g, '');

/** The recovery codes that a page shows. */
export const codesIn = ({ text }: Reply): readonly string[] =>
  /<pre id="codes"[^>]*>([^<]*)<\/pre>/.exec(text)?.[1]?.split('\n') ?? [];

/** Sends one of the forms of the page about the second factor. */
export async function choose(
  browser: Browser,
  what: string,
  more: Record<string, string> = {},
): Promise<Reply> {
  const page = await browser.get(factorPath);
  return browser.submit(page, factorPath, { do: what, ...more });
}

export interface Factor {
  readonly key: string;
  readonly codes: readonly string[];
}

/** Turns it on in a browser of a person who is signed in, and moves the clock past the code that was used. */
export async function turnOn(browser: Browser, { world }: Tenant): Promise<Factor> {
  const page = await choose(browser, 'begin');
  const key = keyIn(page);
  assert.match(key, /^[A-Z2-7]{32}$/, page.text);
  const done = await browser.submit(page, factorPath, { code: codeAt(key, world.now) });
  assert.equal(done.http, 200, done.text);
  const codes = codesIn(done);
  assert.equal(codes.length, 10);
  world.now += later;
  return { key, codes };
}

/** Turns it on for a person of a tenant. */
export async function withFactor(tenant: Tenant, username = 'hermes'): Promise<Factor> {
  const browser = new Browser(tenant);
  await browser.signIn(username);
  return turnOn(browser, tenant);
}

/** The page that asks for the code, after the right password. */
export async function afterPassword(
  browser: Browser,
  secret = password,
  username = 'hermes',
): Promise<Reply> {
  const page = await browser.get('/account');
  return browser.submit(page, '/account/sign-in', { username, password: secret });
}

export const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.get('/account')).text.includes('Change the password');

/** The form of the second step of an authorization, filled in. */
export async function codeForm(tenant: Tenant, values: Readonly<Record<string, string>>): Promise<Sending> {
  const sending = await signIn(tenant, 'hermes', password);
  const page = await tenant.send(sending);
  const { hidden } = formOn(page);
  assert.ok(hidden.ticket, page.text);
  const headers = { Cookie: sending.headers?.Cookie ?? '' };
  return { method: 'POST', path: authorizePath, ...form({ ...hidden, ...values }, headers) };
}

export { asking };
