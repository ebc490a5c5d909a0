import { codeForm, withFactor } from '../console/second-steps.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import type { Sending } from '../harness/http.ts';
import { signIn } from '../harness/sign-in.ts';
import { codeAt } from '../harness/totp.ts';
import { password, type Tenant } from '../harness/world.ts';

/** The request of a scenario as it would be without what makes it fail: the same verb on the same thing, and it is served. */
export async function healthy(tenant: Tenant, cause: string, sending: Sending): Promise<Sending> {
  const path = sending.path.split('?')[0] ?? '';
  if (/^\/(public_)?api\b/.test(path))
    return { headers: await headersFor(tenant), ...(await resource(tenant, path, sending)) };
  if (cause === 'factor.wrong') {
    const { key } = await withFactor(tenant);
    return codeForm(tenant, { code: codeAt(key, tenant.world.now) });
  }
  if (path.endsWith('/authorize')) return signIn(tenant, 'hermes', password);
  if (cause.startsWith('refresh.') || sentGrant(sending) === 'refresh_token') {
    const { refresh_token } = await tokensFor(tenant);
    return refresh(tenant, refresh_token);
  }
  if (/^(grant|redirect|verifier)\./.test(cause)) return exchange(tenant, await codeFor(tenant));
  return {
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form({ grant_type: 'client_credentials' }, basic(tenant.service)),
  };
}

const sentGrant = ({ body }: Sending): string | null =>
  new URLSearchParams(String(body ?? '')).get('grant_type');

const headersFor = async (tenant: Tenant) => bearer(await tenant.issue());

async function resource(tenant: Tenant, path: string, { method = 'GET' }: Sending): Promise<Sending> {
  const [, , , name = 'companies', id] = path.split('/');
  if (method === 'GET' && name === 'timers') return { path: '/api/v0/timers' };
  if (method === 'POST' && name === 'staff' && id === undefined)
    return {
      method,
      path,
      ...form(
        { username: 'amy', password: 'spleesh, guh', firstname: 'A', surname: 'W', email: 'a@example.com' },
        await headersFor(tenant),
      ),
    };
  if (method === 'POST')
    return { method, path: '/api/v0/companies', ...form({ name: 'Unheard-of' }, await headersFor(tenant)) };
  const company = await tenant.put('companies', { name: 'Well-known' });
  if (method === 'PUT')
    return {
      method,
      path: `/api/v0/companies/${company}`,
      ...form({ name: 'Better-known' }, await headersFor(tenant)),
    };
  if (method === 'DELETE') return { method, path: `/api/v0/companies/${company}` };
  return { path: id === undefined ? '/api/v0/companies' : `/api/v0/companies/${company}` };
}
