import { refuse } from '../../contract/refuse.ts';
import { type Application, findApplication } from '../../identity/applications.ts';
import { digest, sameSecret } from '../../identity/secrets.ts';
import type { Received } from '../01-transport/received.ts';
import type { Located } from '../02-deployment/locate.ts';
import type { Claimed } from '../fault.ts';
import type { World } from '../world.ts';
import { knownApplication } from './known.ts';
import { allowedOrigin, restrict } from './restrictions.ts';

export interface IdentifiedClient extends Located {
  readonly application: Application;
  /** A public client (PKCE, no secret) was named but not authenticated: it may only exchange a code that has a challenge, refresh what began so, or revoke. */
  readonly confidential: boolean;
  readonly origin: string | undefined;
}

interface Credentials {
  readonly client: string;
  readonly secret: string | undefined;
}

// Compared with when there is no such client, so that both cases cost the same.
const nobody = digest('');

/**
 * Client credentials to application (OAuth endpoints). Refuses `credentials.missing`, `credentials.unsupported`, `credentials.several`,
 * `client.locked`, `client.unknown`, `secret.wrong`, `address.restricted`, `domain.restricted`; the failures count towards the lockout.
 */
export async function identifyClient(
  located: Located,
  endpoint: 'token' | 'revoke' | undefined,
  world: World,
): Promise<IdentifiedClient> {
  const { received, deployment } = located;
  const { client, secret } = credentialsOf(received);
  await world.lockout.check('client', deployment.id, { subject: client, address: received.address });
  // A client that asks for several tokens at a time is looked up once.
  const application = await world.store.once(`client ${deployment.id} ${client}`, () =>
    findApplication(world.store, deployment.id, client),
  );
  const secretOf = application ? Buffer.from(application.secret, 'base64url') : nobody;
  const right = secret !== undefined && sameSecret(secretOf, digest(secret));
  if (!application || application.disabled) {
    await world.lockout.fail('client', deployment.id, {
      subject: client,
      address: received.address,
      who: application?.clientId,
    });
    return knownApplication(application, client) as never;
  }
  // RFC 7636: an installed application cannot keep a secret; PKCE stands in for it.
  const publicly =
    secret === undefined && application.type === 'installed' && mayBePublic(received, endpoint);
  if (!right && !publicly) {
    await world.lockout.fail('client', deployment.id, {
      subject: client,
      address: received.address,
      who: client,
    });
    refuse('secret.wrong');
  }
  restrict(received, application.allowAddresses, application.allowDomains);
  return {
    received,
    deployment,
    application,
    confidential: right,
    origin: allowedOrigin(received, application.allowDomains),
  };
}

/**
 * The code exchange with a verifier; a refresh, where the grant knows whether the secret was given before; and a revocation (RFC 7009 2.1), for
 * whoever has a token may end it.
 */
function mayBePublic(received: Received, endpoint: 'token' | 'revoke' | undefined): boolean {
  if (endpoint === 'revoke') return true;
  const type = received.body.get('grant_type') ?? received.query.get('grant_type');
  const verifier = received.body.get('code_verifier') ?? received.query.get('code_verifier');
  return (
    (type === 'authorization_code' && typeof verifier === 'string' && verifier !== '') ||
    type === 'refresh_token'
  );
}

function credentialsOf(received: Received): Credentials {
  const { authorization } = received.headers;
  const inBody = textOf(received.body.get('client_id')) ?? textOf(received.query.get('client_id'));
  // Never from the URL: those end up in logs and histories.
  const secretInBody = textOf(received.body.get('client_secret'));
  if (authorization === undefined || authorization === '') {
    if (inBody === undefined) refuse('credentials.missing');
    return { client: inBody, secret: secretInBody };
  }
  const space = authorization.indexOf(' ');
  const scheme = (space < 0 ? authorization : authorization.slice(0, space)).toLowerCase();
  if (scheme !== 'basic')
    refuse('credentials.unsupported', { detail: 'Basic, or client_id and client_secret in the body' });
  if (secretInBody !== undefined)
    refuse('credentials.several', { detail: 'an Authorization header and client_secret' });
  const encoded = authorization.slice(space + 1);
  if (encoded.includes(','))
    refuse('credentials.several', { detail: 'several Authorization headers, or several credentials in one' });
  const basic = basicOf(encoded.trim());
  if (inBody !== undefined && inBody !== basic.client)
    refuse('credentials.several', { detail: 'two client ids' });
  return basic;
}

/** Which application a request names, rightly or not. Refuses nothing. */
export function claimedClient(received: Received): Claimed {
  try {
    return { application: credentialsOf(received).client, staff: undefined };
  } catch {
    return { application: undefined, staff: undefined };
  }
}

const credentialLengthMax = 1_024;

function basicOf(encoded: string): Credentials {
  const text = Buffer.from(encoded.slice(0, 4 * credentialLengthMax), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) refuse('credentials.missing', { exact: 'the Basic credentials have no client id' });
  return { client: decoded(text.slice(0, colon)), secret: decoded(text.slice(colon + 1)) };
}

// RFC 6749 2.3.1 has both form-encoded before they are joined; many clients do not, and a sign that does not decode stands for itself.
function decoded(text: string): string {
  const bounded = text.slice(0, credentialLengthMax);
  if (!bounded.includes('%')) return bounded;
  try {
    return decodeURIComponent(bounded);
  } catch {
    return bounded;
  }
}

const textOf = (sent: unknown): string | undefined =>
  typeof sent === 'string' && sent !== '' ? sent.slice(0, credentialLengthMax) : undefined;
