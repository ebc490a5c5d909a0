import { Failure } from '../../contract/failure.ts';
import { exchange } from '../../http/exchange.ts';
import { readStatus } from '../../http/read-status.ts';
import { type Credentials, keep } from './credentials.ts';
import { tellStatus } from './reading.ts';

interface Wanted {
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
  /** What to do when nothing listens. */
  readonly advice: string;
}

/** Asks the token endpoint, keeps what it gives, and answers it. `more`: the grant. Throws a `Failure` after telling the status. */
export async function obtain(
  data: string,
  wanted: Wanted,
  more: Readonly<Record<string, string>>,
  now: number,
): Promise<Credentials> {
  const credentials = await askToken(wanted, more, now);
  await keep(data, wanted.origin, credentials);
  return credentials;
}

/** As `obtain`, and keeps nothing. */
export async function askToken(
  wanted: Wanted,
  more: Readonly<Record<string, string>>,
  now: number,
): Promise<Credentials> {
  const { origin, clientId, clientSecret, scope, advice } = wanted;
  const body = new URLSearchParams({
    ...more,
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(scope === undefined || more.grant_type !== 'client_credentials' ? {} : { scope }),
  });
  const answered = await exchange({
    method: 'POST',
    url: new URL('/oauth2/v0/token', origin),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: body.toString(),
    advice,
  });
  if (readStatus(answered).status !== 'ok') {
    const { status } = tellStatus(answered);
    throw new Failure(
      `no token from ${origin} (${status}): check the client id and secret, and the deployment in the host name`,
    );
  }
  const { access_token, expires_in, refresh_token } = tokenIn(answered.text, origin);
  return {
    client_id: clientId,
    client_secret: clientSecret,
    scope,
    access_token,
    date_expires: now + expires_in,
    refresh_token,
  };
}

/** A new token for credentials whose token has ended: by the refresh token if there is one, else by the client's own credentials. */
export function renew(
  data: string,
  origin: string,
  { client_id, client_secret, scope, refresh_token }: Credentials,
  now: number,
  advice: string,
): Promise<Credentials> {
  const grant =
    refresh_token === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token };
  return obtain(
    data,
    { origin, clientId: client_id, clientSecret: client_secret, scope, advice },
    grant,
    now,
  );
}

function tokenIn(
  text: string,
  origin: string,
): { access_token: string; expires_in: number; refresh_token: string | undefined } {
  try {
    const { access_token, expires_in, refresh_token } = JSON.parse(text) as Record<string, unknown>;
    const lifetime = Number(expires_in);
    if (typeof access_token === 'string' && Number.isFinite(lifetime)) {
      return {
        access_token,
        expires_in: lifetime,
        refresh_token: typeof refresh_token === 'string' ? refresh_token : undefined,
      };
    }
  } catch {
    // As below.
  }
  throw new Failure(
    `${origin} gave no token that can be read: is it the origin of an API, such as http://planet-express.api.localhost:4280?`,
  );
}
