import { form } from './forms.ts';
import type { Sending } from './http.ts';
import type { Tenant } from './world.ts';

const authorize = (tenant: Tenant) =>
  `/oauth2/v0/authorize?response_type=code&client_id=${encodeURIComponent(tenant.web.application.clientId)}`;

/** The cookie and the hidden fields of the sign-in form, as a browser would send them back. */
async function signInForm(tenant: Tenant): Promise<{ cookie: string; hidden: Record<string, string> }> {
  const page = await tenant.send({ path: authorize(tenant) });
  const cookie = (page.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  const hidden: Record<string, string> = {};
  for (const [tag] of page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1] ?? '';
    hidden[name] = (/value="([^"]*)"/.exec(tag)?.[1] ?? '')
      .replaceAll('&amp;', '&')
      .replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"');
  }
  return { cookie, hidden };
}

/** The sign-in form, filled in. */
export async function signIn(tenant: Tenant, username: string, password: string): Promise<Sending> {
  const { cookie, hidden } = await signInForm(tenant);
  return {
    method: 'POST',
    path: '/oauth2/v0/authorize',
    ...form({ ...hidden, username, password }, { Cookie: cookie }),
  };
}
