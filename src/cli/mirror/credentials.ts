import { BadUsage, Failure } from '../../contract/failure.ts';
import { advice } from '../../mirror/source.ts';
import { obtainToken } from '../calling/tokens.ts';
import { readSecret } from '../secret-input.ts';
import type { Terminal } from '../terminal.ts';

export interface CredentialFlags {
  readonly token?: string;
  readonly tokenStdin?: boolean;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly clientSecretStdin?: boolean;
  readonly scope?: string;
}

const scope = 'read(all)';

/** The origin of an API. Throws `BadUsage` for what is none, and for one that secrets would go to in the clear. */
export function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new BadUsage(
      `"${url}" is no origin of an API: a URL such as https://acme.api.accelo.com is wanted`,
    );
  const { hostname, protocol, origin } = parsed;
  const local =
    hostname === 'localhost' || hostname.endsWith('.localhost') || /^(127\.|\[::1\]$)/.test(hostname);
  if (protocol === 'http:' && !local)
    throw new BadUsage(`${origin} would be sent the token in the clear: use https://`);
  return origin;
}

/**
 * What gives a token: one that was given, or the client credentials, which obtain another when the last is no longer accepted. Flags, then
 * variables, then a terminal. Nothing is kept.
 */
export async function tokensFor(
  origin: string,
  flags: CredentialFlags,
  terminal: Terminal,
): Promise<(refused?: string) => Promise<string>> {
  const { environment } = terminal;
  const clientId = flags.clientId ?? environment.ACCORD_MIRROR_CLIENT_ID;
  const asksToken = flags.token !== undefined || flags.tokenStdin === true;
  if (asksToken && flags.clientId !== undefined)
    throw new BadUsage('--token and --client-id were both given: use one of them');
  if (!asksToken && clientId) {
    const clientSecret = await readSecret(terminal, 'client secret', 'client-secret', {
      given: flags.clientSecretStdin
        ? flags.clientSecret
        : (flags.clientSecret ?? environment.ACCORD_MIRROR_CLIENT_SECRET),
      fromStdin: flags.clientSecretStdin,
    });
    const request = { origin, clientId, clientSecret, scope: flags.scope ?? scope, advice };
    return async () =>
      (await obtainToken(terminal, request, { grant_type: 'client_credentials' })).access_token;
  }
  const token = await readSecret(terminal, 'access token', 'token', {
    given: flags.tokenStdin ? flags.token : (flags.token ?? environment.ACCORD_MIRROR_TOKEN),
    fromStdin: flags.tokenStdin,
  });
  return async (refused) => {
    if (refused === token)
      throw new Failure(
        `${origin} does not accept the token (it is unknown, revoked or has expired): give another, and run the same command again to go on`,
      );
    return token;
  };
}
