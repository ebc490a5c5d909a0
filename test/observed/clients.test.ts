import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { form } from '../harness/scenario.ts';
import { password, redirectUri, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** A browser at the authorization pages: follows the forms as a person would, and answers the redirect's URL. */
async function consent(tenant: Tenant, url: URL): Promise<URL> {
  let cookie = '';
  const keep = (reply: { headers: Readonly<Record<string, string | undefined>> }) => {
    cookie = (reply.headers['set-cookie'] ?? '').split(';')[0] || cookie;
  };
  const hiddenIn = (text: string): Record<string, string> =>
    Object.fromEntries(
      [...text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
        /name="([^"]*)"/.exec(tag)?.[1] ?? '',
        /value="([^"]*)"/.exec(tag)?.[1] ?? '',
      ]),
    );
  const path = `${url.pathname}${url.search}`;
  const first = await tenant.send({ path });
  keep(first);
  const signedIn = await tenant.send({
    method: 'POST',
    path: url.pathname,
    ...form({ ...hiddenIn(first.text), username: 'hermes', password }, { Cookie: cookie }),
  });
  keep(signedIn);
  const decided = await tenant.send({
    method: 'POST',
    path: url.pathname,
    ...form({ ...hiddenIn(signedIn.text), decision: 'allow' }, { Cookie: cookie }),
  });
  assert.ok([302, 303].includes(decided.http), decided.text);
  return new URL(decided.headers.location ?? '');
}

onEveryEngine('OAuth clients, unmodified', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let issuer: string;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    // These clients resolve the host themselves: *.localhost is the loopback address.
    issuer = `http://${tenant.host}`;
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  /** `fetch` cannot be told an address for a name, and some resolvers know only `localhost` itself. */
  const throughLoopback = async (
    input: string | URL | Request,
    init: { method?: string; headers?: unknown; body?: unknown } = {},
  ): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init.headers as Record<string, string>).entries());
    const reply = await tenant.send({
      method: init.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers,
      ...(init.body ? { body: String(init.body) } : {}),
    });
    return new Response(reply.text, { status: reply.http, headers: reply.headers as Record<string, string> });
  };
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: throughLoopback };

  test('oauth4webapi: discovery, code with PKCE, refresh, use, revocation', async () => {
    const found = await oauth.discoveryRequest(new URL(issuer), { ...options, algorithm: 'oauth2' });
    const server = await oauth.processDiscoveryResponse(new URL(issuer), found);
    const client = { client_id: tenant.web.application.clientId };
    const authentication = oauth.ClientSecretBasic(tenant.web.secret);
    const verifier = oauth.generateRandomCodeVerifier();
    const url = new URL(server.authorization_endpoint ?? '');
    const state = oauth.generateRandomState();
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'read(all)',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString();
    const callback = oauth.validateAuthResponse(server, client, await consent(tenant, url), state);
    const exchanged = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      callback,
      redirectUri,
      verifier,
      options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchanged);
    assert.equal(tokens.token_type, 'bearer');
    const used = await oauth.protectedResourceRequest(
      tokens.access_token,
      'GET',
      new URL(`${issuer}/api/v0/companies`),
      undefined,
      undefined,
      options,
    );
    assert.equal(used.status, 200);
    const again = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      tokens.refresh_token ?? '',
      options,
    );
    const renewed = await oauth.processRefreshTokenResponse(server, client, again);
    assert.notEqual(renewed.access_token, tokens.access_token);
    const revoked = await oauth.revocationRequest(
      server,
      client,
      authentication,
      renewed.access_token,
      options,
    );
    assert.equal(await oauth.processRevocationResponse(revoked), undefined);
    assert.equal(
      (
        await tenant.send({
          path: '/api/v0/companies',
          headers: { Authorization: `Bearer ${renewed.access_token}` },
        })
      ).http,
      401,
    );
  });

  test('openid-client: discovery, code with PKCE, refresh, client credentials, revocation', async () => {
    const execute = [openid.allowInsecureRequests];
    const discover = (client: Tenant['web']) =>
      openid.discovery(new URL(issuer), client.application.clientId, client.secret, undefined, {
        algorithm: 'oauth2',
        execute,
        [openid.customFetch]: throughLoopback as never,
      });
    const config = await discover(tenant.web);
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'write(all)',
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const tokens = await openid.authorizationCodeGrant(config, await consent(tenant, url), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    });
    const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '');
    assert.ok(renewed.access_token);
    await openid.tokenRevocation(config, renewed.refresh_token ?? '');
    await assert.rejects(openid.refreshTokenGrant(config, renewed.refresh_token ?? ''), {
      error: 'invalid_grant',
    });
    const service = await discover(tenant.service);
    const own = await openid.clientCredentialsGrant(service, { scope: 'read(companies)' });
    assert.equal(own.scope, 'read(companies)');
  });

  test('simple-oauth2: code, refresh, client credentials, revocation', async () => {
    // simple-oauth2 resolves names by the system's resolver, which knows `localhost`: the deployment is the default there.
    const own = await startWorld(engine, { 'default-deployment': 'simple' });
    try {
      const { store } = own.server.world;
      const other = await own.tenant();
      await store.within((writing) =>
        writing.update(0, 'deployments', { id: other.deployment.id }, { name: 'simple' }),
      );
      const auth = {
        tokenHost: own.server.url.replace('localhost', '127.0.0.1'),
        tokenPath: '/oauth2/v0/token',
        revokePath: '/oauth2/v0/revoke',
      };
      const web = new AuthorizationCode({
        client: { id: other.web.application.clientId, secret: other.web.secret },
        auth: { ...auth, authorizePath: '/oauth2/v0/authorize' },
      });
      const here = {
        ...other,
        send: (sending: Parameters<Tenant['send']>[0]) =>
          other.send({ ...sending, headers: { ...sending.headers, Host: '127.0.0.1' } }),
      };
      const callback = await consent(
        here,
        new URL(web.authorizeURL({ redirect_uri: redirectUri, scope: 'write(all)', state: 'x' } as never)),
      );
      const token = await web.getToken({
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
      });
      const renewed = await token.refresh();
      assert.notEqual(renewed.token.access_token, token.token.access_token);
      await renewed.revokeAll();
      await assert.rejects(renewed.refresh());
      const service = new ClientCredentials({
        client: { id: other.service.application.clientId, secret: other.service.secret },
        auth,
      });
      assert.ok((await service.getToken({ scope: 'read(all)' })).token.access_token);
    } finally {
      await own.close();
    }
  });
});
