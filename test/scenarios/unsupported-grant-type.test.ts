import { basic, form, runScenarios, scenario } from '../harness/scenario.ts';

scenario('grant_type.unsupported', 'password', {
  given: (tenant) => ({
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form({ grant_type: 'password', username: 'x', password: 'y' }, basic(tenant.web)),
  }),
  tallied: 0,
});

runScenarios();
