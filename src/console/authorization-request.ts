import type { Parameters } from '../catalogue/sent.ts';
import { refuse } from '../contract/refuse.ts';
import { type Application, findApplication, mayAsk } from '../identity/applications.ts';
import { parseScope, printScope, type Scope } from '../identity/scope.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import { knownApplication } from '../request/03-authentication/known.ts';
import { lifetimeIn } from '../request/06-parameters/lifetime.ts';
import { parameterText, singleParameters } from '../request/06-parameters/single.ts';
import { grantFor } from '../request/08-operation/grants/grants.ts';
import type { World } from '../request/world.ts';
import { isRegistered, queryOf, type Sendable } from './redirect-uri.ts';

/** An authorization request whose application and redirect URI are known: from here on, errors may be sent to the application. */
export interface Addressed extends Located {
  readonly application: Application;
  readonly parameters: Parameters;
  /** A registered URI; `undefined`: the answer is a page, and the code a PIN. */
  readonly redirect: string | undefined;
  /** Sent back unchanged. */
  readonly state: string | undefined;
}

/** A valid authorization request, on which a person can decide. */
export interface AuthorizationRequest extends Addressed {
  /** As sent; the token request has to repeat it if it was. */
  readonly redirectUri: string | undefined;
  readonly scope: Scope;
  /** PKCE, S256. */
  readonly challenge: string | undefined;
  /** Seconds, for the access token. */
  readonly lifetime: number | undefined;
}

/** Not the path as sent: one that begins with two slashes would lead to another host. */
export const authorizePathOf = ({ received }: Located): string =>
  received.segments[1] === 'v0' ? '/oauth2/v0/authorize' : '/oauth2/authorize';

/** The field of this server's forms that holds the authorization request: encoded, since browsers change line ends in hidden fields. */
export const packedField = 'authorization';

// With two values nobody knows which one was meant, so neither may decide where the answer goes.
const addressing: ReadonlySet<string | undefined> = new Set(['client_id', 'redirect_uri', packedField]);

/**
 * Finds the application and its redirect URI. What it refuses is shown on a page (RFC 6749, 4.1.2.1). Refuses `body.malformed`, `parameter.repeated`,
 * `parameter.missing`, `parameter.invalid` (also a redirect URI that is not registered), `client.unknown`, `grant_type.forbidden`.
 */
export async function addressOf(located: Located, world: World): Promise<Addressed> {
  const { received, deployment } = located;
  if (received.malformed !== undefined || addressing.has(received.repeated)) singleParameters(received);
  const parameters = parametersOf(received);
  const client = given(parameters, 'client_id');
  if (client === undefined) refuse('parameter.missing', { field: 'client_id' });
  const application = knownApplication(await findApplication(world.store, deployment.id, client), client);
  // The token endpoint would refuse the code of such an application later.
  grantFor({ ...located, application, confidential: false, origin: undefined }, codeGrant);
  const redirect = redirectOf(application, given(parameters, 'redirect_uri'));
  return { ...located, application, parameters, redirect, state: stateOf(received, parameters) };
}

const codeGrant = of(new Map([['grant_type', 'authorization_code']]));

function redirectOf(application: Application, sent: string | undefined): string | undefined {
  if (sent === undefined) {
    if (application.type === 'installed') return undefined;
    const [only, other] = application.redirectUris;
    if (only === undefined || other !== undefined) refuse('parameter.missing', { field: 'redirect_uri' });
    return only;
  }
  if (!isRegistered(application, sent)) {
    const detail = 'it is not registered for this application';
    refuse('parameter.invalid', { field: 'redirect_uri', detail, exact: `it says ${sent.slice(0, 200)}` });
  }
  return sent;
}

/**
 * Checks everything else. What it refuses is sent to the redirect URI. Refuses `parameter.repeated`, `parameter.missing`, `parameter.invalid`,
 * `scope.malformed`, `scope.unknown`, `scope.exceeded`.
 */
export function validate(addressed: Addressed, world: World): AuthorizationRequest {
  const { received, parameters, application } = addressed;
  singleParameters(received);
  if (parameterText(parameters, 'state') && addressed.state === undefined) {
    refuse('parameter.invalid', { field: 'state', detail: `it has more than ${stateBytesMax} bytes` });
  }
  const type = given(parameters, 'response_type');
  if (type === undefined) refuse('parameter.missing', { field: 'response_type' });
  if (type !== 'code')
    refuse('parameter.invalid', { field: 'response_type', detail: 'only code is supported' });
  const scope = parseScope(given(parameters, 'scope') ?? application.defaultScope, world.catalogue.scopes);
  if (!mayAsk(application, scope)) refuse('scope.exceeded', { detail: printScope(scope) });
  const challenge = challengeOf(parameters);
  if (challenge === undefined && application.requirePkce)
    refuse('parameter.missing', { field: 'code_challenge' });
  return {
    ...addressed,
    redirectUri: given(parameters, 'redirect_uri'),
    scope,
    challenge,
    lifetime: lifetimeIn(parameters),
  };
}

/** "If the method is not present it is plain" — RFC 7636, 4.3; and `plain` protects from nobody who can read the request. */
function challengeOf(parameters: Parameters): string | undefined {
  const challenge = given(parameters, 'code_challenge');
  const method = given(parameters, 'code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined) refuse('parameter.missing', { field: 'code_challenge' });
    return undefined;
  }
  if (method !== 'S256') {
    refuse('parameter.invalid', { field: 'code_challenge_method', detail: 'only S256 is supported' });
  }
  if (!/^[\w-]{43}$/.test(challenge)) {
    refuse('parameter.invalid', {
      field: 'code_challenge',
      detail: 'it is not a SHA-256 digest in base64url',
    });
  }
  return challenge;
}

/** Percent-encoded: it has to fit into a header of the answer. */
const stateBytesMax = 4_096;

function stateOf({ repeated }: Received, parameters: Parameters): string | undefined {
  const sent = parameters.get('state');
  if (typeof sent === 'object' || repeated === 'state') return undefined;
  const state = given(parameters, 'state');
  return state === undefined || queryOf({ state }).length > stateBytesMax ? undefined : state;
}

/** "Parameters sent without a value MUST be treated as if they were omitted" — RFC 6749, 3.1. */
function given(parameters: Parameters, name: string): string | undefined {
  return parameterText(parameters, name) || undefined;
}

/** The parameters of the same request. */
export function parametersFor(request: AuthorizationRequest): Sendable {
  const { application, redirectUri, scope, state, challenge, lifetime } = request;
  return {
    client_id: application.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: printScope(scope),
    state,
    code_challenge: challenge,
    code_challenge_method: challenge && 'S256',
    expires_in: lifetime?.toString(),
  };
}

/** The same request as a URL. */
export const authorizationUrl = (request: AuthorizationRequest): string =>
  `${authorizePathOf(request)}?${queryOf(parametersFor(request))}`;

/** The same request as the value of one field. */
export const pack = (request: AuthorizationRequest): string =>
  Buffer.from(JSON.stringify(parametersFor(request))).toString('base64url');

/** The parameters in the packed field of a form of this server, else those of query and body. Neither is trusted more than the other. */
function parametersOf({ query, body }: Received): Parameters {
  const carried = body.get(packedField);
  if (carried !== undefined) return of(unpacked(carried));
  return {
    get: (name) => query.get(name) ?? body.get(name),
    has: (name) => query.has(name) || body.has(name),
  };
}

/** The client id among values that were sent, as they are or packed; `undefined` if there is none. */
export function clientIn(values: Received['body']): string | undefined {
  try {
    const carried = values.get(packedField);
    const client = carried === undefined ? values.get('client_id') : unpacked(carried).get('client_id');
    return typeof client === 'string' ? client : undefined;
  } catch {
    return undefined;
  }
}

function unpacked(carried: unknown): ReadonlyMap<string, string> {
  try {
    if (typeof carried === 'string') {
      const values = Object.entries(JSON.parse(Buffer.from(carried, 'base64url').toString('utf8')) as object);
      if (values.every(isText)) return new Map(values);
    }
  } catch {
    // Refused below, with everything else that no page of this server has sent.
  }
  refuse('parameter.invalid', { field: packedField, detail: 'it is not what the page sent' });
}

const isText = (entry: [string, unknown]): entry is [string, string] =>
  typeof entry[1] === 'string' && !entry[1].includes('\0');

function of(values: ReadonlyMap<string, string>): Parameters {
  return { get: (name) => values.get(name), has: (name) => values.has(name) };
}
