import { hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** What the server generates has 256 bits or more (a PIN: short-lived and rate-limited) and is kept as a digest only. */
const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Exactly 64 characters: a known client requires it. */
export const accessToken = (): string => random(48);
export const refreshToken = (): string => random(48);
export const newAuthorizationCode = (): string => random(36);
export const clientSecret = (): string => random(36);
export const csrfToken = (): string => random(32);

/** Ten digits, for people to type. */
export const newPin = (): string => String(randomInt(10 ** 10)).padStart(10, '0');

/** In the form that clients know: `<10 hex>@<deployment>.accelo.com`. */
export const clientId = (deployment: string): string =>
  `${randomBytes(5).toString('hex')}@${deployment}.accelo.com`;

/** SHA-256: enough for secrets of full entropy, and cheap enough for every request. */
export const digest = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** The same as text, as the store keeps it. */
export const digestText = (secret: string): string => hash('sha256', secret, 'base64url');

/** Of two digests, in a time that does not depend on where they differ. */
export const sameSecret = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The PKCE challenge of a verifier (RFC 7636 4.2). */
export const s256 = (verifier: string): string => hash('sha256', verifier, 'base64url');
