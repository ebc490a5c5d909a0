import type { CauseName } from '../src/contract/causes.ts';
import type { Sending } from '../test/harness/http.ts';
import type { Tenant } from '../test/harness/world.ts';

/** Requests an hour of the deployments that examples are recorded from. */
export const hourly = 20;

/** What to send; what it needs is put there first. */
type Make = (tenant: Tenant) => Sending | Promise<Sending>;

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const path = '/api/v0/companies';
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

const issued =
  (more: Parameters<Tenant['issue']>[0], sending: Sending): Make =>
  async (tenant) => ({ ...sending, headers: { ...bearer(await tenant.issue(more)), ...sending.headers } });
const refused = (sending: Sending): Make => issued({}, sending);
const token =
  (of: 'service' | 'web' | 'installed', body: string, secret?: string, endpoint = 'token'): Make =>
  (tenant) => {
    const { application, secret: right } = tenant[of];
    const basic = Buffer.from(`${application.clientId}:${secret ?? right}`).toString('base64');
    return {
      method: 'POST',
      path: `/oauth2/v0/${endpoint}`,
      headers: { ...form, Authorization: `Basic ${basic}` },
      body,
    };
  };

/** How the causes are met that the document shows: one or more of every status. */
export const refusals = {
  'token.missing': () => ({ path }),
  'token.unknown': () => ({ path, headers: bearer('of-another-deployment') }),
  'object.missing': refused({ path: `${path}/404` }),
  'parameter.invalid': refused({ path: `${path}?_limit=many` }),
  'parameter.missing': refused({ method: 'POST', path, headers: form, body: 'comments=none' }),
  'parameter.repeated': refused({ path: `${path}?_limit=1&_limit=2` }),
  'body.malformed': refused({
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/json' },
    body: '{"name":',
  }),
  'method.unknown': refused({ method: 'PATCH', path }),
  'resource.unknown': refused({ path: `${path}/monkeys` }),
  'username.taken': refused({
    method: 'POST',
    path: '/api/v0/staff',
    headers: form,
    body: 'username=hermes&password=good+news+everyone&firstname=Hermes&surname=Conrad&email=hermes%40example.com&position=Bureaucrat',
  }),
  'scope.exceeded': issued({ scope: 'read(staff)' }, { path }),
  'permission.lacking': (tenant) => issued({ staff: tenant.restricted }, { path })(tenant),
  'permission.service': (tenant) =>
    issued({ application: tenant.service }, { path: '/api/v0/timers' })(tenant),
  'secret.wrong': token('service', 'grant_type=client_credentials', 'wrong'),
  'grant.unknown': token('web', 'grant_type=authorization_code&code=never-issued'),
  'grant_type.unsupported': token('service', 'grant_type=password'),
  'grant_type.forbidden': token('web', 'grant_type=client_credentials'),
  'scope.unknown': token('service', 'grant_type=client_credentials&scope=read(monkeys)'),
  'deployment.unknown': () => ({ path, headers: { Host: 'nobody.api.localhost:4280' } }),
  'window.exhausted': async (tenant) => {
    const headers = bearer(tenant.token);
    for (let i = 0; i < hourly; i++) await tenant.send({ path, headers });
    return { path, headers };
  },
} as const satisfies Partial<Record<CauseName, Make>>;

/** Exchanges of the OAuth endpoints that end well, by method and path. */
export const exchanges: Readonly<Record<string, Make>> = {
  'POST /oauth2/v0/token': token(
    'service',
    'grant_type=client_credentials&scope=read(companies)%2Cwrite(tasks)',
  ),
  'POST /oauth2/v0/revoke': token('web', 'token=of-a-person-who-left', undefined, 'revoke'),
};
