import { randomBytes } from 'node:crypto';
import { digest, s256 } from '../../src/identity/secrets.ts';
import { basic, form } from './forms.ts';
import { type Registered, redirectUri, type Tenant } from './world.ts';

export interface CodeOptions {
  readonly application?: Registered;
  readonly redirectUri?: string | null;
  readonly verifier?: string;
  readonly scope?: string;
}

/** An authorization code as a consent would have written it. */
export async function codeFor(
  tenant: Tenant,
  { application = tenant.web, verifier, scope = 'write(all)', ...more }: CodeOptions = {},
): Promise<string> {
  const code = randomBytes(32).toString('base64url');
  await tenant.world.server.world.store.within((writing) =>
    writing.insert(tenant.deployment.id, 'grants', {
      digest: digest(code).toString('base64url'),
      family: randomBytes(8).toString('hex'),
      application_id: application.application.id,
      staff_id: tenant.admin,
      scope,
      redirect_uri: more.redirectUri === undefined ? redirectUri : more.redirectUri,
      challenge: verifier === undefined ? null : s256(verifier),
      lifetime: null,
      date_created: tenant.world.now,
      date_expires: tenant.world.now + 600,
      date_consumed: null,
      date_revoked: null,
    }),
  );
  return code;
}

export const exchange = (
  tenant: Tenant,
  code: string,
  more: Readonly<Record<string, string>> = {},
  client: Registered = tenant.web,
) => ({
  method: 'POST',
  path: '/oauth2/v0/token',
  ...form({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more }, basic(client)),
});

export const refresh = (
  tenant: Tenant,
  token: string,
  more: Readonly<Record<string, string>> = {},
  client: Registered = tenant.web,
) => ({
  method: 'POST',
  path: '/oauth2/v0/token',
  ...form({ grant_type: 'refresh_token', refresh_token: token, ...more }, basic(client)),
});

/** The tokens of a code exchange. */
export async function tokensFor(
  tenant: Tenant,
  options: CodeOptions = {},
): Promise<{ access_token: string; refresh_token: string }> {
  const reply = await tenant.send(exchange(tenant, await codeFor(tenant, options)));
  if (reply.http !== 200) throw new Error(reply.text);
  return JSON.parse(reply.text);
}
