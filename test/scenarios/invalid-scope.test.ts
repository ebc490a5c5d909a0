import { refresh, tokensFor } from '../harness/grants.ts';
import { basic, bearer, form, runScenarios, scenario } from '../harness/scenario.ts';

const asking = (scope: string) => ({ grant_type: 'client_credentials', scope });
const token = '/oauth2/v0/token';

for (const scope of ['read', 'read(companies', 'companies', 'read()']) {
  scenario('scope.malformed', scope, {
    given: (tenant) => ({ method: 'POST', path: token, ...form(asking(scope), basic(tenant.service)) }),
    tallied: 0,
  });
}

for (const scope of ['read(monkeys)', 'eat(companies)']) {
  scenario('scope.unknown', scope, {
    given: (tenant) => ({ method: 'POST', path: token, ...form(asking(scope), basic(tenant.service)) }),
    tallied: 0,
  });
}

scenario('scope.exceeded', 'a refresh that asks for more than was granted', {
  given: async (tenant) => {
    const { refresh_token } = await tokensFor(tenant, { scope: 'read(companies)' });
    return refresh(tenant, refresh_token, { scope: 'write(companies)' });
  },
  tallied: 0,
});

scenario('scope.exceeded', 'a token used to write when it may read', {
  given: async (tenant) => ({
    method: 'POST',
    path: '/api/v0/companies',
    ...form({ name: 'MomCorp' }, bearer(await tenant.issue({ scope: 'read(all)' }))),
  }),
  tallied: 1,
});

scenario('scope.exceeded', 'a token used for another resource', {
  given: async (tenant) => ({
    path: '/api/v0/contacts',
    headers: bearer(await tenant.issue({ scope: 'write(companies)' })),
  }),
  tallied: 1,
});

scenario('scope.exceeded', 'an object embedded that the scope does not cover', {
  given: async (tenant) => ({
    path: `/api/v0/companies?_fields=${encodeURIComponent('postal_address(country())')}`,
    headers: bearer(await tenant.issue({ scope: 'read(companies)' })),
  }),
  tallied: 1,
});

runScenarios();
