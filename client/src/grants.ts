import { type Application, type Auth, type Tokens, Unauthenticated } from './tokens.ts';
import { type Answer, type Failure, readVerdict } from './verdict.ts';

/** What is asked for, as a form. Throws `Unauthenticated` when there is nothing to ask with. */
export function grantOf(
  auth: Exclude<Auth, { token: string }>,
  code: string | undefined,
  tokens: Tokens | undefined,
): Readonly<Record<string, string>> {
  if (auth.grant === 'client_credentials')
    return defined({
      grant_type: auth.grant,
      scope: auth.scope,
      expires_in: auth.expiresIn === undefined ? undefined : String(auth.expiresIn),
    });
  if (auth.grant === 'authorization_code' && code !== undefined)
    return defined({
      grant_type: auth.grant,
      code,
      redirect_uri: auth.redirectUri,
      code_verifier: auth.verifier,
    });
  if (tokens?.refresh === undefined) throw new Unauthenticated(nothingKept);
  return { grant_type: 'refresh_token', refresh_token: tokens.refresh };
}

const defined = (form: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

interface Identified {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Basic for who has a secret, else the id alone, in the form (RFC 6749 3.2.1). */
export const identified = ({ clientId = '', clientSecret }: Partial<Application>): Identified =>
  clientSecret === undefined
    ? { form: { client_id: clientId }, headers: {} }
    : { form: {}, headers: { Authorization: `Basic ${base64(`${clientId}:${clientSecret}`)}` } };

/** `btoa` takes bytes. */
const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const nothingKept: Failure = Object.freeze({
  status: 'invalid_grant',
  http: 400,
  cause: undefined,
  message: 'There is no refresh token: send the user through the authorization.',
  requestId: undefined,
  retry: Object.freeze({ when: 'after re-authentication' as const }),
  quota: undefined,
});

/** Reads the answer of the token endpoint. Throws `Unauthenticated` when it refuses, `TypeError` when it is no such endpoint. */
export function tokensIn(answer: Answer, now: () => number): Tokens {
  const verdict = readVerdict(answer, now());
  if (verdict.status !== 'ok') throw new Unauthenticated(verdict);
  const { access_token, refresh_token, expires_in } = treeIn(answer.body);
  if (typeof access_token !== 'string' || access_token === '')
    throw new TypeError('the answer of the token endpoint has no token');
  return {
    access: access_token,
    ...(typeof refresh_token === 'string' ? { refresh: refresh_token } : {}),
    ...(Number(expires_in) > 0 ? { expires: Math.floor(now() / 1_000) + Number(expires_in) } : {}),
  };
}

function treeIn(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
