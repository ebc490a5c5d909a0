import type { Received } from '../request/01-transport/received.ts';

/** The authorization server as the caller sees it: the issuer of RFC 8414 and the `iss` of RFC 9207. */
export const issuerOf = ({ https, host }: Received): string => `${https ? 'https' : 'http'}://${host}`;
