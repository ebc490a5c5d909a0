import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameIn } from '../../src/request/02-deployment/locate.ts';

test('a host names a deployment, or is bare and means the usual one, or means none', () => {
  const settings = (domain?: string) => ({
    domain,
    bareDeployment: () => 'usual',
    rateLimit: 1,
    authorizationLifetime: 94_608_000,
    requireSecondFactor: false,
    tellCauses: false,
    unknownFilters: 'ignore' as const,
    webhookAllowPrivate: false,
    webhookAllowLoopback: false,
  });
  for (const [host, wanted] of [
    ['acme.api.localhost:4280', 'acme'],
    ['acme.api.accelo.com', 'acme'],
    ['localhost:4280', 'usual'],
    ['anything.localhost', 'usual'],
    ['127.0.0.1:4280', 'usual'],
    ['[::1]:4280', 'usual'],
    ['accord', 'usual'],
    ['evil.com', undefined],
    ['1.2.3.4.evil.com', undefined],
    ['api.example.com', undefined],
    ['acme.api.example.com.evil.com', 'acme'],
  ] as const)
    assert.equal(nameIn(host, settings()), wanted, host);
  for (const [host, wanted] of [
    ['acme.accord.example.com', 'acme'],
    ['accord.example.com', 'usual'],
    ['accord.example.com:8443', 'usual'],
    ['more.acme.accord.example.com', undefined],
    ['example.com', undefined],
  ] as const)
    assert.equal(nameIn(host, settings('accord.example.com')), wanted, host);
});
