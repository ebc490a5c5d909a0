import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listDeployments } from '../../src/identity/deployments.ts';
import { outcomes } from '../../src/observe/explanation.ts';
import { findRequest } from '../../src/observe/request-log.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { closeConnections, type Sending, send } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** `+` passed, `!` refused, `-` not needed, `.` not reached; in the order transport, deployment, authentication, rate-limit, route … */
const marks = { passed: '+', refused: '!', 'not needed': '-', 'not reached': '.' } as const;

const authorize = ({ web }: Tenant, more: string): string =>
  `/oauth2/v0/authorize?client_id=${encodeURIComponent(web.application.clientId)}${more}`;

interface Case {
  readonly sending: (tenant: Tenant) => Sending;
  readonly stages: string;
  readonly host?: string;
}

const token = (tenant: Tenant, fields: Readonly<Record<string, string>>): Sending => ({
  method: 'POST',
  path: '/oauth2/v0/token',
  ...form(fields, basic(tenant.service)),
});

const cases: Readonly<Record<string, Case>> = {
  'a list': {
    sending: (tenant) => ({ path: '/api/v0/companies', headers: bearer(tenant.token) }),
    stages: '++++++++++',
  },
  'a resource without a token': { sending: () => ({ path: '/api/v0/companies' }), stages: '++!.......' },
  'an unknown resource': {
    sending: (tenant) => ({ path: '/api/v0/monkeys', headers: bearer(tenant.token) }),
    stages: '++++!.....',
  },
  'a host that is nobody’s': {
    sending: () => ({ path: '/api/v0/companies' }),
    host: 'nowhere.api.localhost',
    stages: '+!........',
  },
  'a preflight': {
    sending: () => ({
      method: 'OPTIONS',
      path: '/api/v0/companies',
      headers: { Origin: 'https://a.example' },
    }),
    stages: '+++------+',
  },
  'the sign-in page': {
    sending: (tenant) => ({ path: authorize(tenant, '&response_type=code') }),
    stages: '+++-++-+-+',
  },
  'the sign-in page by a wrong method': {
    sending: (tenant) => ({ method: 'PUT', path: authorize(tenant, '&response_type=code') }),
    stages: '++.-!.-.-.',
  },
  'the sign-in page for nobody': {
    sending: () => ({ path: '/oauth2/v0/authorize?client_id=x' }),
    stages: '++!-+.-.-.',
  },
  'the sign-in page without a response type': {
    sending: (tenant) => ({ path: authorize(tenant, '') }),
    stages: '+++-+!-.-.',
  },
  'a token': {
    sending: (tenant) => token(tenant, { grant_type: 'client_credentials' }),
    stages: '+++-++-+-+',
  },
  'a token by a wrong secret': {
    sending: (tenant) => token({ ...tenant, service: { ...tenant.service, secret: 'x' } }, {}),
    stages: '++!-..-.-.',
  },
  'a token by a wrong method': {
    sending: (tenant) => ({ path: '/oauth2/v0/token', headers: basic(tenant.service) }),
    stages: '+++-!.-.-.',
  },
  'a token without a grant type': { sending: (tenant) => token(tenant, {}), stages: '+++-++-!-.' },
  'a revocation': {
    sending: (tenant) => ({ ...token(tenant, { token: 'x' }), path: '/oauth2/v0/revoke' }),
    stages: '+++-++-+-+',
  },
  'a revocation of nothing': {
    sending: (tenant) => ({ ...token(tenant, {}), path: '/oauth2/v0/revoke' }),
    stages: '+++-++-!-.',
  },
  'the metadata': {
    sending: () => ({ path: '/.well-known/oauth-authorization-server' }),
    stages: '++-------+',
  },
  'the status codes': { sending: () => ({ path: '/docs/status-codes' }), stages: '+---+----+' },
  'a page that is not there': { sending: () => ({ path: '/nope' }), stages: '+...!.....' },
  'the OpenAPI document': { sending: () => ({ path: '/api/v0/openapi.json' }), stages: '+---+----+' },
};

onEveryEngine('explain ticks the stages that were entered, and no others', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  for (const [name, { sending, stages, host }] of Object.entries(cases))
    test(name, async () => {
      const reply = await send(world.server.port, host ?? tenant.host, sending(tenant));
      await world.server.flush();
      await world.server.flush();
      const { store } = world.server.world;
      const ids = (await listDeployments(store)).map(({ id }) => id);
      const found = await findRequest(store, ids, reply.headers['x-request-id'] ?? '');
      assert.ok(found, 'the request is in the log');
      const told = outcomes(found.entry).map(({ outcome }) => marks[outcome]);
      assert.equal(told.join(''), stages);
    });

  test('an entry of an older version has the stages up to its last', () => {
    const old = { stage: 'parameters', cause: 'parameter.missing', path: '/api/v0/companies' };
    assert.equal(
      outcomes(old)
        .map(({ outcome }) => marks[outcome])
        .join(''),
      '+++++!....',
    );
    const token = { stage: 'status', cause: undefined, path: '/oauth2/v0/token' };
    assert.equal(
      outcomes(token)
        .map(({ outcome }) => marks[outcome])
        .join(''),
      '+++-++-+-+',
    );
  });
});
