import { form } from '../harness/forms.ts';
import type { Reply } from '../harness/http.ts';
import { password, type Registered, redirectUri, type Tenant } from '../harness/world.ts';

export const path = '/oauth2/v0/authorize';

/** An authorization request of the web application, with more parameters; an empty one is left out. */
export function asking(
  { web }: Tenant,
  more: Readonly<Record<string, string>> = {},
  { application }: Registered = web,
): string {
  const all = { response_type: 'code', client_id: application.clientId, redirect_uri: redirectUri, ...more };
  return `${path}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ''))}`;
}

/** The cookie of a page, and the hidden fields of its form, as a browser would send them back. */
export function formOn({ headers, text }: Reply): { cookie: string; hidden: Record<string, string> } {
  const hidden: Record<string, string> = {};
  for (const [tag] of text.matchAll(/<input[^>]*type="hidden"[^>]*>/g))
    hidden[/name="([^"]*)"/.exec(tag)?.[1] ?? ''] = /value="([^"]*)"/.exec(tag)?.[1] ?? '';
  return { cookie: (headers['set-cookie'] ?? '').split(';')[0] ?? '', hidden };
}

export interface Page {
  readonly reply: Reply;
  /** Sends the form of the page, filled in. */
  fill(values: Readonly<Record<string, string>>): Promise<Reply>;
}

/** The sign-in page that an authorization request leads to. */
export async function signInPage(tenant: Tenant, url = asking(tenant)): Promise<Page> {
  return pageOf(tenant, await tenant.send({ path: url }));
}

function pageOf(tenant: Tenant, reply: Reply): Page {
  const { cookie, hidden } = formOn(reply);
  const fill = (values: Readonly<Record<string, string>>): Promise<Reply> =>
    tenant.send({ method: 'POST', path, ...form({ ...hidden, ...values }, { Cookie: cookie }) });
  return { reply, fill };
}

/** The consent page, with somebody signed in. */
export async function consentPage(
  tenant: Tenant,
  { url = asking(tenant), username = 'hermes' }: { readonly url?: string; readonly username?: string } = {},
): Promise<Page> {
  const page = await signInPage(tenant, url);
  return pageOf(tenant, await page.fill({ username, password }));
}

/** The parameters that a redirect carries. */
export const carried = ({ headers }: Reply): URLSearchParams => new URL(headers.location ?? '').searchParams;
