import assert from 'node:assert/strict';
import { createApplication, disableApplication } from '../../src/identity/applications.ts';
import { codeForm, withFactor } from '../console/second-steps.ts';
import { codeFor, exchange } from '../harness/grants.ts';
import { basic, bearer, form, runScenarios, scenario } from '../harness/scenario.ts';
import { signIn } from '../harness/sign-in.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';
import type { Tenant } from '../harness/world.ts';

const api = '/api/v0/companies';
const token = '/oauth2/v0/token';
const credentials = { grant_type: 'client_credentials' };
const wrong = (tenant: Tenant) => basic({ ...tenant.service, secret: 'not the secret' });

scenario('credentials.missing', 'a token request without any', {
  given: () => ({ method: 'POST', path: token, ...form(credentials) }),
  tallied: 0,
  afterwards: ({ headers }) => assert.match(headers['www-authenticate'] ?? '', /^Basic realm=/),
});

scenario('credentials.missing', 'a secret in the URL is not looked at', {
  given: ({ service }) => ({
    method: 'POST',
    path: `${token}?client_secret=${service.secret}`,
    ...form(credentials),
  }),
  tallied: 0,
});

scenario('credentials.unsupported', 'Bearer at the token endpoint', {
  given: (tenant) => ({ method: 'POST', path: token, ...form(credentials, bearer(tenant.token)) }),
  tallied: 0,
});

scenario('credentials.unsupported', 'Basic for a resource', {
  given: ({ service }) => ({ path: api, headers: basic(service) }),
  tallied: 0,
});

scenario('client.unknown', 'no such application', {
  given: (tenant) => ({
    method: 'POST',
    path: token,
    ...form(
      credentials,
      basic({ application: { clientId: 'nobody@nowhere' }, secret: tenant.service.secret }),
    ),
  }),
  tallied: 0,
});

scenario('client.unknown', 'a disabled application', {
  given: async (tenant) => {
    await disableApplication(
      tenant.world.server.world.store,
      tenant.deployment.id,
      tenant.service.application.clientId,
      true,
    );
    return { method: 'POST', path: token, ...form(credentials, basic(tenant.service)) };
  },
  tallied: 0,
});

scenario('client.unknown', "another deployment's application", {
  given: async (tenant) => {
    const other = await tenant.world.tenant();
    return { method: 'POST', path: token, ...form(credentials, basic(other.service)) };
  },
  tallied: 0,
});

scenario('secret.wrong', 'by Basic', {
  given: (tenant) => ({ method: 'POST', path: token, ...form(credentials, wrong(tenant)) }),
  tallied: 0,
});

scenario('secret.wrong', 'in the body, the same bytes as an unknown client', {
  given: ({ service }) => ({
    method: 'POST',
    path: token,
    ...form({ ...credentials, client_id: service.application.clientId, client_secret: 'x' }),
  }),
  tallied: 0,
  afterwards: async (reply, tenant) => {
    const unknown = await tenant.send({
      method: 'POST',
      path: token,
      ...form({ ...credentials, client_id: 'nobody', client_secret: 'x' }),
    });
    assert.equal(unknown.text, reply.text);
    assert.equal(unknown.http, reply.http);
    assert.equal(unknown.headers['x-status-reason'], reply.headers['x-status-reason']);
  },
});

scenario('secret.wrong', 'a refresh without the secret that the family began with', {
  refusedAt: 'operation',
  given: async (tenant) => {
    const { installed: application } = tenant;
    const code = await codeFor(tenant, { application });
    const { refresh_token } = JSON.parse((await tenant.send(exchange(tenant, code, {}, application))).text);
    const { clientId } = application.application;
    return {
      method: 'POST',
      path: token,
      ...form({ grant_type: 'refresh_token', client_id: clientId, refresh_token }),
    };
  },
  tallied: 0,
});

const restrictedTo = (tenant: Tenant, lists: { allowAddresses?: string[]; allowDomains?: string[] }) =>
  createApplication(
    tenant.world.server.world.store,
    tenant.deployment,
    { type: 'service', name: 'restricted', staffId: tenant.admin, ...lists },
    tenant.world.now,
  );

scenario('address.restricted', 'at the token endpoint', {
  given: async (tenant) => ({
    method: 'POST',
    path: token,
    ...form(
      credentials,
      basic(await restrictedTo(tenant, { allowAddresses: ['203.0.113.0/24', '2001:db8::/32'] })),
    ),
  }),
  tallied: 0,
});

scenario('address.restricted', 'for a resource', {
  given: async (tenant) => {
    const application = await restrictedTo(tenant, { allowAddresses: ['203.0.113.7'] });
    return { path: api, headers: bearer(await tenant.issue({ application })) };
  },
  tallied: 0,
});

scenario('domain.restricted', 'another Origin', {
  given: async (tenant) => {
    const application = await restrictedTo(tenant, { allowDomains: ['app.example.com'] });
    return {
      path: api,
      headers: { ...bearer(await tenant.issue({ application })), Origin: 'https://evil.example.net' },
    };
  },
  tallied: 0,
});

scenario('domain.restricted', 'no Origin at all', {
  given: async (tenant) => ({
    method: 'POST',
    path: token,
    ...form(credentials, basic(await restrictedTo(tenant, { allowDomains: ['app.example.com'] }))),
  }),
  tallied: 0,
  afterwards: async (_, tenant) => {
    const application = await restrictedTo(tenant, { allowDomains: ['app.example.com'] });
    const allowed = await tenant.send({
      path: api,
      headers: { ...bearer(await tenant.issue({ application })), Origin: 'https://app.example.com' },
    });
    assert.equal(allowed.http, 200);
    assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example.com');
    // Whose token has ended has no application that allows the page to read it; the page must learn it all the same.
    const refused = { ...bearer('x'.repeat(64)), Origin: 'https://app.example.com' };
    const ended = await tenant.send({ path: api, headers: refused });
    assert.equal(ended.http, 401);
    assert.equal(ended.headers['access-control-allow-origin'], 'https://app.example.com');
    const elsewhere = { ...refused, Origin: 'https://evil.example.net' };
    const foreign = await tenant.send({ path: api, headers: elsewhere });
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  },
});

async function lockClient(tenant: Tenant): Promise<void> {
  for (let i = 0; i <= 5; i++)
    await tenant.send({ method: 'POST', path: token, ...form(credentials, wrong(tenant)) });
}

scenario('client.locked', 'even with the right secret, and each try starts the wait anew', {
  flags: { 'lockout-attempts': '5', 'lockout-window': '300' },
  given: async (tenant) => {
    await lockClient(tenant);
    return { method: 'POST', path: token, ...form(credentials, basic(tenant.service)) };
  },
  tallied: 0,
  afterwards: async ({ headers }, tenant) => {
    assert.ok(Number(headers['retry-after']) > 295, `Retry-After is ${headers['retry-after']}`);
    const other = await tenant.send({
      method: 'POST',
      path: token,
      ...form({ ...credentials, ...{ grant_type: 'authorization_code', code: 'x' } }, basic(tenant.web)),
    });
    assert.equal(other.http, 400, 'another application from the same address is not locked out');
  },
});

scenario('client.locked', 'in the words of the current page', {
  flags: { 'lockout-attempts': '5' },
  tenant: { statuses: 'current' },
  word: 'too_many_failed_logins',
  given: async (tenant) => {
    await lockClient(tenant);
    return { method: 'POST', path: token, ...form(credentials, basic(tenant.service)) };
  },
  tallied: 0,
});

scenario('token.missing', 'a resource without a token', {
  given: () => ({ path: api }),
  tallied: 0,
  afterwards: ({ headers, names, text }) => {
    assert.equal(headers['www-authenticate'], 'Bearer realm="accord"');
    assert.equal(headers['x-status-reason'], 'Could not authorize your access (B: No token found)');
    assert.equal(JSON.parse(text).meta.message, 'Could not authorize your access');
    assert.ok(!names.includes('X-RateLimit-Limit'));
  },
});

scenario('token.unknown', 'never issued', {
  given: () => ({ path: api, headers: bearer('x'.repeat(64)) }),
  tallied: 0,
});

scenario('token.unknown', "another deployment's token", {
  given: async ({ world }) => ({ path: api, headers: bearer((await world.tenant()).token) }),
  tallied: 0,
});

scenario('token.expired', 'a second too late, the same bytes as an unknown one', {
  given: async (tenant) => {
    const issued = await tenant.issue({ lifetime: 60 });
    tenant.world.now += 60;
    return { path: api, headers: bearer(issued) };
  },
  tallied: 0,
  afterwards: async (reply, tenant) => {
    const unknown = await tenant.send({ path: api, headers: bearer('y'.repeat(64)) });
    assert.equal(unknown.text, reply.text);
    assert.equal(unknown.headers['www-authenticate'], reply.headers['www-authenticate']);
    assert.equal(unknown.headers['x-status-reason'], reply.headers['x-status-reason']);
  },
});

scenario('token.revoked', 'by its client', {
  given: async (tenant) => {
    const revoked = await tenant.send({
      method: 'POST',
      path: '/oauth2/revoke',
      ...form({ token: tenant.token }, basic(tenant.web)),
    });
    assert.equal(revoked.http, 200);
    return { path: api, headers: bearer(tenant.token) };
  },
  tallied: 0,
});

scenario('token.revoked', 'with its application disabled', {
  given: async (tenant) => {
    await disableApplication(
      tenant.world.server.world.store,
      tenant.deployment.id,
      tenant.web.application.clientId,
      true,
    );
    return { path: api, headers: bearer(tenant.token) };
  },
  tallied: 0,
});

for (const standing of ['inactive', 'lockout']) {
  scenario('user.invalid', `a staff member who is ${standing}`, {
    given: async (tenant) => {
      const { store } = tenant.world.server.world;
      await store.within((writing) =>
        writing.update(tenant.deployment.id, 'staff', { id: tenant.admin }, { standing }),
      );
      return { path: api, headers: bearer(tenant.token) };
    },
    tallied: 0,
    afterwards: async (reply, tenant) => {
      const unknown = await tenant.send({ path: api, headers: bearer('y'.repeat(64)) });
      assert.equal(unknown.text, reply.text, 'the same bytes as an unknown token');
      for (const name of ['www-authenticate', 'x-status', 'x-status-reason'])
        assert.equal(unknown.headers[name], reply.headers[name], name);
      assert.equal(reply.headers['x-status-reason'], 'Could not authorize your access (B: No token found)');
    },
  });
}

scenario('user.invalid', 'a service application whose person is gone', {
  given: async (tenant) => {
    const { store } = tenant.world.server.world;
    await store.within((writing) => writing.remove(tenant.deployment.id, 'staff', { id: tenant.admin }));
    return { method: 'POST', path: token, ...form(credentials, basic(tenant.service)) };
  },
  tallied: 0,
});

// Scenarios of password.wrong, factor.wrong and user.locked go through the browser's way.
scenario('password.wrong', 'the sign-in says the same for an unknown person', {
  given: (tenant) => signIn(tenant, 'hermes', 'wrong'),
  tallied: 0,
  afterwards: async (reply, tenant) => {
    const unknown = await tenant.send(await signIn(tenant, 'nobody', 'wrong'));
    assert.equal(unknown.http, reply.http);
    assert.equal(unknown.headers['x-status-reason'], reply.headers['x-status-reason']);
  },
});

scenario('factor.wrong', 'a code that is not of the app', {
  flags: { 'lockout-attempts': '1000' },
  given: async (tenant) => {
    const { key } = await withFactor(tenant);
    return codeForm(tenant, { code: wrongCodeAt(key, tenant.world.now) });
  },
  tallied: 0,
  afterwards: ({ headers, text }) => {
    assert.equal(headers['set-cookie'], undefined);
    assert.match(text, /name="code"/);
  },
});

scenario('factor.wrong', 'a code that was used before', {
  given: async (tenant) => {
    const { key } = await withFactor(tenant);
    const code = codeAt(key, tenant.world.now);
    assert.equal((await tenant.send(await codeForm(tenant, { code }))).http, 200);
    return codeForm(tenant, { code });
  },
  tallied: 0,
});

scenario('user.locked', 'the right password does not help', {
  flags: { 'lockout-attempts': '3' },
  given: async (tenant) => {
    for (let i = 0; i <= 3; i++) await tenant.send(await signIn(tenant, 'hermes', 'wrong'));
    return signIn(tenant, 'hermes', 'good news everyone');
  },
  tallied: 0,
  afterwards: ({ headers }) => assert.ok(Number(headers['retry-after']) > 0),
});

runScenarios();
