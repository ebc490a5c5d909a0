import { type Base, baseOf } from './base.ts';

export interface AuthorizationOptions extends Base {
  readonly clientId: string;
  /** Such as `read(companies),write(tasks)`. */
  readonly scope?: string;
  /** Installed applications may have none: the user is shown a PIN, which is the code. */
  readonly redirectUri?: string;
  /** Random unless told. */
  readonly state?: string;
}

/** Where the user is sent, and what has to be kept until they come back. */
export interface Authorization {
  readonly url: string;
  readonly state: string;
  /** Proves at the exchange that it was this client who asked (PKCE, S256). A secret. */
  readonly verifier: string;
  /** Who has to answer: `codeIn` refuses the answer of another server. */
  readonly issuer: string;
}

/** The first step of the grant `authorization_code`. */
export async function authorization(options: AuthorizationOptions): Promise<Authorization> {
  const { clientId, scope, redirectUri, state = random() } = options;
  const verifier = random();
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const url = new URL(`${baseOf(options)}/oauth2/v0/authorize`);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    scope,
    redirect_uri: redirectUri,
    state,
    code_challenge: base64url(new Uint8Array(hash)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return { url: url.href, state, verifier, issuer: url.origin };
}

/**
 * The code in the URL that the user came back to. Throws when it is not the answer to this request (another `state`: a forgery), or when
 * the user did not agree. `issuer`: give it if you have clients of several deployments, so that one of them cannot get the code of another
 * (RFC 9207); an answer that does not say whose it is passes, for the hosted service sends such.
 */
export function codeIn(url: string | URL, state: string, issuer?: string): string {
  const said = new URL(url).searchParams;
  // Without a state of one's own, an answer without one would pass.
  if (!state || said.get('state') !== state)
    throw new Error('this is no answer to the request: its state is another one');
  const answering = said.get('iss');
  if (issuer !== undefined && answering !== null && answering !== issuer)
    throw new Error('this is the answer of another server: its iss is another one');
  const error = said.get('error');
  if (error !== null) throw new Error(said.get('error_description') ?? error);
  const code = said.get('code');
  if (code === null) throw new Error('the answer has no code');
  return code;
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
