import assert from 'node:assert/strict';
import { bearer, form, runScenarios, scenario } from '../harness/scenario.ts';

scenario('permission.lacking', 'a person without access to the resource', {
  given: async (tenant) => ({
    path: '/api/v0/companies',
    headers: bearer(await tenant.issue({ staff: tenant.restricted })),
  }),
  tallied: 1,
});

scenario('permission.lacking', 'a deletion by a person who may change but not remove', {
  given: async (tenant) => {
    const company = await tenant.put('companies', { name: 'MomCorp' });
    const id = await tenant.put('jobs', { title: 'Delivery', against_type: 'company', against_id: company });
    return {
      method: 'DELETE',
      path: `/api/v0/jobs/${id}`,
      headers: bearer(await tenant.issue({ staff: tenant.restricted })),
    };
  },
  tallied: 1,
});

scenario('permission.lacking', 'a new member of staff by somebody who is no administrator', {
  given: async (tenant) => ({
    method: 'POST',
    path: '/api/v0/staff',
    ...form(
      {
        username: 'zoidberg',
        password: 'why not?',
        firstname: 'John',
        surname: 'Zoidberg',
        email: 'z@example.com',
      },
      bearer(await tenant.issue({ staff: tenant.restricted })),
    ),
  }),
  tallied: 1,
});

scenario('permission.service', 'a service application asks for what acts as a person', {
  given: async (tenant) => ({
    path: '/api/v0/timers',
    headers: bearer(await tenant.issue({ application: tenant.service })),
  }),
  tallied: 1,
  afterwards: async (_, tenant) =>
    assert.equal((await tenant.get('/api/v0/timers')).http, 200, 'a person may'),
});

runScenarios();
