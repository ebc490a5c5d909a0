import assert from 'node:assert/strict';
import { bearer, runScenarios, scenario } from '../harness/scenario.ts';

scenario('window.exhausted', 'one request more than the hour allows', {
  flags: { 'rate-limit': '3' },
  given: async (tenant) => {
    for (let i = 0; i < 3; i++) assert.equal((await tenant.get('/api/v0/companies')).http, 200);
    return { path: '/api/v0/companies', headers: bearer(tenant.token) };
  },
  tallied: 1,
  afterwards: async ({ headers, names }, tenant) => {
    const left = 3_600 - (tenant.world.now % 3_600);
    assert.equal(headers['retry-after'], String(left));
    assert.equal(headers['x-ratelimit-remaining'], '0');
    assert.equal(headers['x-ratelimit-reset'], String(tenant.world.now + left));
    for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After'])
      assert.ok(names.includes(name), name);
    tenant.world.now += left;
    const next = await tenant.get('/api/v0/companies');
    assert.equal(next.http, 200, 'the next window is open');
    assert.equal(next.headers['x-ratelimit-remaining'], '2');
  },
});

runScenarios();
