import { seal, unseal } from '../identity/refresh.ts';
import type { Session } from '../identity/sessions.ts';
import { lifetimes } from '../identity/tokens.ts';
import type { Received } from '../request/01-transport/received.ts';
import { cookieIn, setCookie } from './browser-session.ts';

const named = 'accord_pin';
const purpose = 'pin';

/**
 * The value of `Set-Cookie` that takes a PIN past the redirect after the decision, for as long as it is valid: sealed with a key made of the session's
 * secret, so that it can be read neither in the browser nor in another session.
 */
export const pinCookie = (pin: string, { secret }: Session, received: Received): string =>
  `${setCookie(named, seal(pin, secret, purpose), received, '/oauth2')}; Max-Age=${lifetimes.code}`;

/** The PIN that the browser brought along; `undefined` when there is none, or it is of another session. */
export function pinIn(received: Received, { secret }: Session): string | undefined {
  const sealed = cookieIn(received, named);
  try {
    return sealed === undefined ? undefined : unseal(sealed, secret, purpose);
  } catch {
    return undefined;
  }
}
