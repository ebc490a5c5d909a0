import { Failure } from '../../contract/failure.ts';
import { readStatus } from '../../http/read-status.ts';
import type { Terminal } from '../terminal.ts';
import { type CallCredentials, keepCredentials } from './credentials.ts';
import { printReading } from './reading.ts';

export interface TokenRequest {
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
  /** What to do when nothing listens. */
  readonly advice: string;
}

/** Parameters of the token endpoint: `grant_type` and what goes with it. */
export type Grant = Readonly<Record<string, string>>;

/** Obtains a token and keeps it in the folder. */
export async function obtainAndKeep(
  terminal: Terminal,
  folder: string,
  request: TokenRequest,
  grant: Grant,
): Promise<CallCredentials> {
  const credentials = await obtainToken(terminal, request, grant);
  await keepCredentials(folder, request.origin, credentials);
  return credentials;
}

/** Obtains a token of the token endpoint. When it is refused, prints the status and throws a `Failure`. */
export async function obtainToken(
  terminal: Terminal,
  request: TokenRequest,
  grant: Grant,
): Promise<CallCredentials> {
  const { origin, clientId, clientSecret, scope, advice } = request;
  const body = new URLSearchParams({
    ...grant,
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(scope === undefined || grant.grant_type !== 'client_credentials' ? {} : { scope }),
  });
  const answer = await terminal.exchange({
    method: 'POST',
    url: new URL('/oauth2/v0/token', origin),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: body.toString(),
    advice,
  });
  if (readStatus(answer).status !== 'ok') {
    const { status } = printReading(terminal, answer);
    throw new Failure(
      `no token from ${origin} (${status}): check the client id and secret, and the deployment in the host name`,
    );
  }
  const { access_token, expires_in, refresh_token } = tokenIn(answer.text, origin);
  return {
    client_id: clientId,
    client_secret: clientSecret,
    scope,
    access_token,
    date_expires: terminal.nowSeconds() + expires_in,
    refresh_token,
  };
}

/** A new token for credentials whose token has expired: by the refresh token if there is one, else by the client's own credentials. */
export function renew(
  terminal: Terminal,
  folder: string,
  { client_id, client_secret, scope, refresh_token }: CallCredentials,
  server: Pick<TokenRequest, 'origin' | 'advice'>,
): Promise<CallCredentials> {
  const grant: Grant =
    refresh_token === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token };
  const request = { ...server, clientId: client_id, clientSecret: client_secret, scope };
  return obtainAndKeep(terminal, folder, request, grant);
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
    // Refused below.
  }
  throw new Failure(
    `${origin} gave no token that can be read: check that it is the origin of an API, such as http://planet-express.api.localhost:4280`,
  );
}
