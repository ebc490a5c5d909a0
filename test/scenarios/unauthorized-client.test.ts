import { codeFor, exchange } from '../harness/grants.ts';
import { basic, form, runScenarios, scenario } from '../harness/scenario.ts';

const token = '/oauth2/v0/token';

scenario('grant.foreign', 'a code that was issued to another application', {
  given: async (tenant) => exchange(tenant, await codeFor(tenant), {}, tenant.installed),
  tallied: 0,
});

scenario('grant_type.forbidden', 'a service application with a code', {
  given: async (tenant) => exchange(tenant, await codeFor(tenant), {}, tenant.service),
  tallied: 0,
});

scenario('grant_type.forbidden', 'a web application with client credentials', {
  given: (tenant) => ({
    method: 'POST',
    path: token,
    ...form({ grant_type: 'client_credentials' }, basic(tenant.web)),
  }),
  tallied: 0,
});

runScenarios();
