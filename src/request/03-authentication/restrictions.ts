import { refuse } from '../../contract/refuse.ts';
import { contains } from '../../identity/address.ts';
import { domainsOf, rangesOf } from '../../identity/applications.ts';
import type { Received } from '../01-transport/received.ts';

/**
 * Where an application may be used from. Refuses `address.restricted` and `domain.restricted` (an empty Origin and Referer is
 * outside too, once a list is set). Both lists are JSON texts as stored, `null` for none.
 */
export function restrict(received: Received, addresses: string | null, domains: string | null): void {
  if (addresses !== null && !contains(rangesOf(addresses), received.address)) {
    refuse('address.restricted', { exact: `${received.address} is not within ${addresses}` });
  }
  if (domains !== null && !allowedOrigin(received, domains)) {
    const from = received.headers.origin ?? received.headers.referer ?? 'nowhere';
    refuse('domain.restricted', { exact: `${from.slice(0, 200)} is not within ${domains}` });
  }
}

/** The caller's origin when the application lists its host. */
export function allowedOrigin(received: Received, domains: string | null): string | undefined {
  if (domains === null) return undefined;
  const from = received.headers.origin ?? received.headers.referer;
  if (!from || !URL.canParse(from)) return undefined;
  const { hostname, origin } = new URL(from);
  return domainsOf(domains).some((domain) => hostname === domain || hostname.endsWith(`.${domain}`))
    ? origin
    : undefined;
}
