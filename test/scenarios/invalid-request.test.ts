import assert from 'node:assert/strict';
import { basic, bearer, form, runScenarios, scenario } from '../harness/scenario.ts';

const companies = '/api/v0/companies';
const get = (path: string) => ({
  tallied: 1 as const,
  given: ({ token }: { token: string }) => ({ path, headers: bearer(token) }),
});

scenario('resource.unknown', 'monkeys', get('/public_api/v0/monkeys'));
scenario('resource.unknown', 'what could not be an id', get('/api/v0/companies/monkeys'));
scenario('resource.unknown', 'an OAuth endpoint that does not exist', {
  given: (tenant) => ({ method: 'POST', path: '/oauth2/v0/monkeys', ...form({}, basic(tenant.web)) }),
  tallied: 0,
});
scenario('version.unknown', 'v2000', get('/public_api/v2000/companies'));
scenario('version.unknown', 'none', get('/api'));

scenario('method.unknown', 'a path that is only read', {
  given: ({ token }) => ({ method: 'DELETE', path: companies, headers: bearer(token) }),
  tallied: 1,
});
scenario('method.unknown', '_method=brew', {
  given: ({ token }) => ({ path: `${companies}?_method=brew`, headers: bearer(token) }),
  tallied: 1,
});
scenario('method.unknown', 'PATCH', {
  given: ({ token }) => ({ method: 'PATCH', path: companies, headers: bearer(token) }),
  tallied: 1,
});
scenario('method.unknown', 'GET at the token endpoint', {
  given: (tenant) => ({ path: '/oauth2/v0/token', headers: basic(tenant.web) }),
  tallied: 0,
});

scenario('parameter.missing', 'a company without a name', {
  given: ({ token }) => ({
    method: 'POST',
    path: companies,
    ...form({ website: 'https://momcorp.example' }, bearer(token)),
  }),
  tallied: 1,
  afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, /name/),
});
scenario('parameter.missing', 'an empty name', {
  given: ({ token }) => ({ method: 'POST', path: companies, ...form({ name: '' }, bearer(token)) }),
  tallied: 1,
});
scenario('parameter.missing', 'a token request without a code', {
  given: (tenant) => ({
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form({ grant_type: 'authorization_code' }, basic(tenant.web)),
  }),
  tallied: 0,
});
scenario('parameter.missing', 'a token request without a grant type', {
  given: (tenant) => ({ method: 'POST', path: '/oauth2/v0/token', ...form({}, basic(tenant.web)) }),
  tallied: 0,
});

const invalid = (name: string, query: string, said: RegExp) =>
  scenario('parameter.invalid', name, {
    ...get(`${companies}?${query}`),
    afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, said),
  });

scenario('parameter.invalid', 'an undefined filter, where the server is told to refuse it', {
  ...get(`${companies}?_filters=monkeys(1)`),
  flags: { 'unknown-filters': 'refuse' },
  afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, /monkeys.*standing/),
});
invalid('a filter value of the wrong kind', '_filters=id(twelve)', /whole number/);
invalid('an unbalanced filter', '_filters=id(12', /_filters/);
invalid('a page before the first', '_page=-1', /_page/);
invalid('a limit of nothing', '_limit=0', /_limit/);
invalid('a filter that says nothing', '_filters=monkeys()', /monkeys/);

for (const [name, password] of [
  ['too short', 'short'],
  ['guessed first', 'Password'],
  ['the username', 'zapp.brannigan'],
] as const)
  scenario('parameter.invalid', `a password of staff that is ${name}`, {
    refusedAt: 'operation',
    given: (tenant) => ({
      method: 'POST',
      path: '/api/v0/staff',
      ...form(
        {
          username: 'Zapp.Brannigan',
          firstname: 'Zapp',
          surname: 'Brannigan',
          email: 'zapp@example.com',
          password,
        },
        bearer(tenant.token),
      ),
    }),
    tallied: 1,
    afterwards: (reply) => {
      assert.match(reply.text, /The parameter password is not valid/);
      assert.ok(!reply.text.includes(password), 'the password is not told');
    },
  });

scenario('parameter.invalid', 'a link to what does not exist', {
  refusedAt: 'operation',
  given: ({ token }) => ({
    method: 'POST',
    path: companies,
    ...form({ name: 'MomCorp', status_id: '4242' }, bearer(token)),
  }),
  tallied: 1,
  afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, /status_id/),
});
scenario('parameter.invalid', 'an object of another deployment', {
  refusedAt: 'operation',
  given: async (tenant) => {
    const other = await tenant.world.tenant();
    const id = await other.put('companies', { name: 'MomCorp', id: 777 });
    const body = {
      title: 'Delivery',
      against_type: 'company',
      against_id: String(id),
      manager_id: '1',
      type_id: String(await tenant.put('job_types', { title: 'Delivery' })),
    };
    return { method: 'POST', path: '/api/v0/jobs', ...form(body, bearer(tenant.token)) };
  },
  tallied: 1,
  afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, /against_id/),
});
scenario('parameter.invalid', 'a progression that the present status does not allow', {
  refusedAt: 'operation',
  given: async (tenant) => {
    const [open, closed] = [
      await tenant.put('company_statuses', { title: 'Open' }),
      await tenant.put('company_statuses', { title: 'Closed' }),
    ];
    const id = await tenant.put('companies', { name: 'MomCorp', status: open });
    const move = await tenant.put('company_progressions', { title: 'Reopen', from: closed, status: open });
    return {
      method: 'POST',
      path: `${companies}/${id}/progressions/${move}/auto`,
      headers: bearer(tenant.token),
    };
  },
  tallied: 1,
});

scenario('parameter.repeated', 'in the query', get(`${companies}?_limit=1&_limit=2`));
scenario('parameter.repeated', 'once in the query and once in the body', {
  given: ({ token }) => ({ path: `${companies}?_limit=1`, ...form({ _limit: '1' }, bearer(token)) }),
  tallied: 1,
});

const json = { 'Content-Type': 'application/json' };
const malformed = (name: string, headers: Record<string, string>, body: string | Buffer) =>
  scenario('body.malformed', name, {
    given: ({ token }) => ({
      method: 'POST',
      path: companies,
      headers: { ...bearer(token), ...headers },
      body,
    }),
    tallied: 1,
  });

malformed('JSON that breaks off', json, '{"name": "MomCorp"');
malformed('JSON that is no object', json, '[1, 2]');
malformed('JSON nested too deep', json, `{"name": ${'['.repeat(50)}${']'.repeat(50)}}`);
malformed('text that is no UTF-8', json, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
malformed(
  'percent-encoding that breaks off',
  { 'Content-Type': 'application/x-www-form-urlencoded' },
  'name=%F',
);
for (const path of ['/api/v0/companies/%00', '/api/v0/%zz/1', `/api/v0/companies${'/x'.repeat(40)}`])
  scenario('body.malformed', `the path ${path.slice(0, 24)}`, {
    refusedAt: 'route',
    given: ({ token }) => ({ path, headers: bearer(token) }),
    tallied: 1,
  });
malformed('multipart without a boundary', { 'Content-Type': 'multipart/form-data' }, 'x');

scenario('credentials.several', 'a header and _bearer_token', {
  given: ({ token }) => ({ path: `${companies}?_bearer_token=${token}`, headers: bearer(token) }),
  tallied: 0,
});
// As repeated headers arrive: joined by commas.
scenario('credentials.several', 'two Authorization headers', {
  given: ({ token }) => ({
    path: companies,
    headers: { Authorization: `Bearer ${token}, Bearer ${token}` },
  }),
  tallied: 0,
});
scenario('credentials.several', 'two Authorization headers for a token', {
  given: (tenant) => {
    const { Authorization = '' } = basic(tenant.service);
    const headers = { Authorization: `${Authorization}, ${Authorization}` };
    return {
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({ grant_type: 'client_credentials' }, headers),
    };
  },
  tallied: 0,
});
scenario('credentials.several', 'Basic and a secret in the body', {
  given: (tenant) => ({
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form(
      { grant_type: 'client_credentials', client_secret: tenant.service.secret },
      basic(tenant.service),
    ),
  }),
  tallied: 0,
});

scenario('object.missing', 'an id that does not exist', get(`${companies}/4242`));
scenario('object.missing', 'an update of what does not exist', {
  given: ({ token }) => ({
    method: 'PUT',
    path: `${companies}/4242`,
    ...form({ website: 'x' }, bearer(token)),
  }),
  tallied: 1,
});
scenario('object.missing', 'a deletion of what does not exist', {
  given: ({ token }) => ({ method: 'DELETE', path: `${companies}/4242`, headers: bearer(token) }),
  tallied: 1,
});
scenario('object.missing', 'contacts of a company that does not exist', get(`${companies}/4242/contacts`));

runScenarios();
