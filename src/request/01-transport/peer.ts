import { canonical, contains, type Ranges } from '../../identity/address.ts';

/** Who is at the other end, as far as the socket and the proxies we trust can tell. */
export interface Peer {
  readonly address: string;
  readonly https: boolean;
  /** Lower case, with its port when one was sent; `''` when it is missing or no host at all. */
  readonly host: string;
  /** It sent `X-Forwarded-For`, and is not trusted to. */
  readonly distrusted?: boolean;
}

export interface PeerConnection {
  readonly remoteAddress: string | undefined;
  readonly remotePort?: number | undefined;
  readonly encrypted: boolean;
  /** `address:port` of our side, which stands for the host when the caller names none: to an HTTP/1.0 caller it is the one it means. */
  readonly local: string;
}

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * `X-Forwarded-For`, `-Proto` and `-Host` are believed only from a trusted proxy. The first is read from the right: each entry was
 * written by the hop after it, so the first address that is not a trusted proxy is the caller. Of the other two the last entry
 * counts, the one that the proxy next to us wrote. `host` is what the request itself named.
 */
export function identifyPeer(socket: PeerConnection, headers: Headers, host: string, trusted: Ranges): Peer {
  const direct = plainAddress(socket.remoteAddress ?? '');
  const asked = { address: direct, https: socket.encrypted, host: validHost(host) };
  if (trusted.length === 0 || !contains(trusted, direct))
    return headers['x-forwarded-for'] === undefined ? asked : { ...asked, distrusted: true };
  const scheme = lastOf(headers['x-forwarded-proto'])?.toLowerCase();
  const forwardedHost = lastOf(headers['x-forwarded-host']);
  return {
    address: furthest(direct, headers['x-forwarded-for'] ?? '', trusted),
    https: scheme === undefined ? asked.https : scheme === 'https',
    host: forwardedHost === undefined ? asked.host : validHost(forwardedHost),
  };
}

function furthest(direct: string, forwarded: string, trusted: Ranges): string {
  let address = direct;
  for (const entry of forwarded.split(',').reverse()) {
    const next = canonical(withoutPort(entry.trim()));
    // From here on nobody trusted vouches for anything.
    if (next === undefined) return address;
    address = next;
    if (!contains(trusted, next)) return address;
  }
  return address;
}

/** `[::1]:80`, `[::1]` and `192.0.2.1:80` as well as bare addresses. */
function withoutPort(entry: string): string {
  if (entry.startsWith('[')) return entry.slice(1, entry.indexOf(']'));
  const colon = entry.indexOf(':');
  return colon > 0 && colon === entry.lastIndexOf(':') ? entry.slice(0, colon) : entry;
}

function lastOf(list: string | undefined): string | undefined {
  const last = list?.slice(list.lastIndexOf(',') + 1).trim();
  return last === '' ? undefined : last;
}

/** A socket that listens on IPv6 gives IPv4 callers as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? (canonical(address) ?? address) : address;
}

export function validHost(host: string): string {
  const valid = host.length <= 261 && /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/.test(host);
  return valid ? host.toLowerCase() : '';
}
