import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import pg from 'pg';
import { createDeployment } from '../../src/identity/deployments.ts';
import type { Database } from '../harness/engines.ts';
import { basic, bearer, form, runScenarios, scenario } from '../harness/scenario.ts';
import type { Tenant } from '../harness/world.ts';

const companies = '/api/v0/companies';

/** The next request is served, and the incident was kept with its request id. */
async function survives(requestId: string, tenant: Tenant): Promise<void> {
  const next = await tenant.get(companies);
  assert.equal(next.http, 200, 'the next request is served');
  for (let tries = 0; tries < 50; tries++) {
    const kept = await tenant.world.server.world.store.list(0, {
      table: 'incidents',
      columns: ['fingerprint', 'request_id', 'count'],
      where: { request_id: requestId },
      limit: 1,
    });
    if (kept.length > 0) return;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  assert.fail('the incident was not kept');
}

scenario('deployment.unknown', 'a host that names none', {
  given: () => ({ path: companies, headers: { Host: 'nobody.api.localhost' } }),
  tallied: 0,
});

scenario('deployment.unknown', 'a host whose deployment is gone: that is an incident', {
  given: async (tenant) => {
    const { store } = tenant.world.server.world;
    const { name } = await createDeployment(store, { name: `${tenant.deployment.name}-old` }, 1);
    await store.within((writing) => writing.remove(0, 'deployments', { name }));
    return { path: companies, headers: { Host: `${name}.api.localhost` } };
  },
  tallied: 0,
  afterwards: ({ headers }, tenant) => survives(headers['x-request-id'] ?? '', tenant),
});

scenario('deployment.unknown', 'at the token endpoint', {
  given: () => ({ method: 'POST', path: '/oauth2/v0/token', headers: { Host: 'nobody.api.localhost' } }),
  tallied: 0,
});

scenario('data.corrupt', 'a flag that is neither 0 nor 1', {
  given: async (tenant) => {
    const id = await tenant.put('companies', { name: 'MomCorp' });
    const { store } = tenant.world.server.world;
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'companies', { id }, { staff_bookmarked: 7 }),
    );
    return { path: `${companies}/${id}?_fields=staff_bookmarked`, headers: bearer(tenant.token) };
  },
  tallied: 1,
  afterwards: async ({ headers, text }, tenant) => {
    assert.match(JSON.parse(text).meta.message, new RegExp(headers['x-request-id'] ?? 'none'));
    await survives(headers['x-request-id'] ?? '', tenant);
  },
});

scenario('store.unreachable', 'the database is gone', {
  refusedAt: 'deployment',
  storeGone: true,
  given: async (tenant) => {
    await tenant.world.server.world.store.close();
    return { path: companies, headers: bearer(tenant.token) };
  },
  tallied: 0,
});

/** Locks that stand for another process, until the file is through. */
const held: (() => unknown)[] = [];
after(async () => {
  for (const release of held) await release();
});

async function holdDatabase({ databaseUrl, data }: Database): Promise<void> {
  if (databaseUrl === undefined) {
    const file = new DatabaseSync(join(data, 'accord.db'));
    file.exec('begin immediate');
    held.push(() => file.close());
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  // It ends with its database.
  client.on('error', () => {});
  await client.connect();
  await client.query('begin; lock table companies in exclusive mode');
  held.push(() => client.end());
}

scenario('store.busy', 'another process holds what is to be written', {
  storeGone: true,
  flags: { 'database-wait': '60' },
  given: async (tenant) => {
    await holdDatabase(tenant.world.database);
    return { method: 'POST', path: companies, ...form({ name: 'MomCorp' }, bearer(tenant.token)) };
  },
  tallied: 1,
  afterwards: async ({ headers }, tenant) => {
    assert.equal(headers['retry-after'], '2');
    const { store } = tenant.world.server.world;
    assert.deepEqual(
      await store.list(tenant.deployment.id, { table: 'companies', columns: ['id'], limit: 1 }),
      [],
    );
  },
});

scenario('routine.threw', 'a list in an application that is no list', {
  refusedAt: 'authentication',
  given: async (tenant) => {
    const { store } = tenant.world.server.world;
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'applications', {}, { redirect_uris: '{' }),
    );
    return {
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({ grant_type: 'client_credentials' }, basic(tenant.service)),
    };
  },
  tallied: 0,
  afterwards: ({ headers }, tenant) => survives(headers['x-request-id'] ?? '', tenant),
});

runScenarios();
