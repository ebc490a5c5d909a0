import assert from 'node:assert/strict';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import { bearer, runScenarios, scenario } from '../harness/scenario.ts';
import type { Tenant } from '../harness/world.ts';

const update = (tenant: Tenant, table: string, values: Record<string, number>) =>
  tenant.world.server.world.store.within((writing) =>
    writing.update(tenant.deployment.id, table, {}, values),
  );

scenario('grant.unknown', 'a code that was never issued', {
  given: (tenant) => exchange(tenant, 'frLA0s1m_D'),
  tallied: 0,
  afterwards: ({ text }) =>
    assert.equal(JSON.parse(text).error_description, 'Grant was not found (possibly expired).'),
});

scenario('grant.unknown', "another deployment's code", {
  given: async (tenant) => exchange(tenant, await codeFor(await tenant.world.tenant())),
  tallied: 0,
});

scenario('grant.expired', 'ten minutes later', {
  given: async (tenant) => {
    const code = await codeFor(tenant);
    tenant.world.now += 600;
    return exchange(tenant, code);
  },
  tallied: 0,
});

scenario('grant.revoked', 'before its use', {
  given: async (tenant) => {
    const code = await codeFor(tenant);
    await update(tenant, 'grants', { date_revoked: tenant.world.now });
    return exchange(tenant, code);
  },
  tallied: 0,
});

scenario('grant.consumed', 'a second use revokes what the first one got', {
  given: async (tenant) => {
    const code = await codeFor(tenant);
    const first = await tenant.send(exchange(tenant, code));
    assert.equal(first.http, 200);
    return exchange(tenant, code);
  },
  wrote: ['refresh_tokens', 'token_families', 'tokens'],
  tallied: 0,
  afterwards: async (_, tenant) => {
    const rows = await tenant.world.server.world.store.list(tenant.deployment.id, {
      table: 'tokens',
      columns: ['family', 'date_revoked'],
      where: { date_revoked: { above: 0 } },
      limit: 10,
    });
    assert.equal(rows.length, 1, 'the access token of the first use is revoked, and no other');
  },
});

scenario('redirect.mismatched', 'another redirect URI', {
  given: async (tenant) =>
    exchange(tenant, await codeFor(tenant), { redirect_uri: 'https://evil.example/callback' }),
  tallied: 0,
});

scenario('verifier.wrong', 'another verifier', {
  given: async (tenant) =>
    exchange(tenant, await codeFor(tenant, { verifier: 'a'.repeat(43) }), { code_verifier: 'b'.repeat(43) }),
  tallied: 0,
});

scenario('verifier.wrong', 'no verifier, though a challenge was given', {
  given: async (tenant) => exchange(tenant, await codeFor(tenant, { verifier: 'a'.repeat(43) })),
  tallied: 0,
});

scenario('verifier.wrong', 'a verifier, though the code has no challenge', {
  given: async (tenant) => exchange(tenant, await codeFor(tenant), { code_verifier: 'a'.repeat(43) }),
  tallied: 0,
});

scenario('refresh.unknown', 'never issued', { given: (tenant) => refresh(tenant, 'VYfb63__vf'), tallied: 0 });

scenario('refresh.expired', 'half a year later', {
  given: async (tenant) => {
    const { refresh_token } = await tokensFor(tenant);
    await update(tenant, 'refresh_tokens', { date_expires: tenant.world.now });
    return refresh(tenant, refresh_token);
  },
  tallied: 0,
});

scenario('refresh.revoked', 'by its client', {
  given: async (tenant) => {
    const { refresh_token } = await tokensFor(tenant);
    await update(tenant, 'refresh_tokens', { date_revoked: tenant.world.now });
    return refresh(tenant, refresh_token);
  },
  tallied: 0,
});

scenario('refresh.replayed', 'after its successor was used for a while, the family ends', {
  given: async (tenant) => {
    const { refresh_token } = await tokensFor(tenant);
    const first = await tenant.send(refresh(tenant, refresh_token));
    const raced = await tenant.send(refresh(tenant, refresh_token));
    const [one, two] = [JSON.parse(first.text), JSON.parse(raced.text)];
    assert.equal(one.access_token, two.access_token, 'a racing caller gets the same successor');
    assert.equal(one.refresh_token, two.refresh_token);
    tenant.world.now += 31;
    return refresh(tenant, refresh_token);
  },
  wrote: ['refresh_tokens', 'token_families', 'tokens'],
  tallied: 0,
  afterwards: async (_, tenant) => {
    const usable = await tenant.world.server.world.store.list(tenant.deployment.id, {
      table: 'refresh_tokens',
      columns: ['digest'],
      where: { date_revoked: null },
      limit: 10,
    });
    assert.equal(usable.length, 0, 'no refresh token of the family works any more');
  },
});

scenario('refresh.foreign', "another client's refresh token", {
  given: async (tenant) => {
    const { refresh_token, access_token } = await tokensFor(tenant);
    assert.equal((await tenant.send({ path: '/api/v0/companies', headers: bearer(access_token) })).http, 200);
    return refresh(tenant, refresh_token, {}, tenant.installed);
  },
  tallied: 0,
});

runScenarios();
