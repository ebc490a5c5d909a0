import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { metadataHandler } from '../../src/console/metadata.ts';
import { walked } from '../harness/walked.ts';
import { closeSite, openSite, received, world } from './authorize-site.ts';

before(openSite);
after(closeSite);

describe('the metadata', () => {
  const segments = ['.well-known', 'oauth-authorization-server'];

  test('names the endpoints as the caller sees them', async () => {
    const { answer, trail } = await walked(
      metadataHandler,
      received('GET', { segments, https: true, host: 'planet-express.api.example.com' }),
      world,
    );
    assert.deepEqual(
      [answer.http, answer.type, trail.deployment?.name],
      [200, 'application/json; charset=utf-8', 'planet-express'],
    );
    const told = JSON.parse(String(answer.body)) as Record<string, unknown>;
    const issuer = 'https://planet-express.api.example.com';
    assert.equal(told.issuer, issuer);
    assert.equal(told.authorization_endpoint, `${issuer}/oauth2/v0/authorize`);
    assert.deepEqual(told.code_challenge_methods_supported, ['S256']);
    assert.equal(told.authorization_response_iss_parameter_supported, true);
    assert.deepEqual(told.scopes_supported, [
      'read(all)',
      'write(all)',
      'read(companies)',
      'write(companies)',
      'read(staff)',
      'write(staff)',
    ]);
  });

  test('of an unknown deployment is a server error', async () => {
    const { answer, trail } = await walked(
      metadataHandler,
      received('GET', { segments, host: 'nowhere.api.localhost' }),
      world,
    );
    assert.deepEqual(
      [answer.http, answer.status, trail.refusal?.because],
      [500, 'server_error', 'deployment.unknown'],
    );
  });
});
