import assert from 'node:assert/strict';
import { bearer, form, runScenarios, scenario } from '../harness/scenario.ts';

scenario('username.taken', 'a second staff member of that username', {
  given: ({ token }) => ({
    method: 'POST',
    path: '/api/v0/staff',
    ...form(
      {
        username: 'hermes',
        password: 'sweet lion of Zion',
        firstname: 'H',
        surname: 'C',
        email: 'h@example.com',
      },
      bearer(token),
    ),
  }),
  tallied: 1,
  afterwards: ({ text }) =>
    assert.equal(JSON.parse(text).meta.message, 'Staff: staff with that username already exists.'),
});

scenario('name.taken', 'a second company of that name', {
  given: async ({ put, token }) => {
    await put('companies', { name: 'MomCorp' });
    return { method: 'POST', path: '/api/v0/companies', ...form({ name: 'MomCorp' }, bearer(token)) };
  },
  tallied: 1,
  afterwards: ({ text }) => assert.match(JSON.parse(text).meta.message, /name/),
});

scenario('name.taken', 'a rename to the name of another', {
  given: async ({ put, token }) => {
    await put('companies', { name: 'MomCorp' });
    const id = await put('companies', { name: 'Slurm' });
    return { method: 'PUT', path: `/api/v0/companies/${id}`, ...form({ name: 'MomCorp' }, bearer(token)) };
  },
  tallied: 1,
});

scenario('custom_id.taken', 'a second company of that custom id', {
  given: async ({ put, token }) => {
    await put('companies', { name: 'MomCorp', custom_id: 'M-1' });
    return {
      method: 'POST',
      path: '/api/v0/companies',
      ...form({ name: 'Slurm', custom_id: 'M-1' }, bearer(token)),
    };
  },
  tallied: 1,
});

runScenarios();
