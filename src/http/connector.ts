import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { hostOfUrl, isLocalName, lookupLoopback } from './hosts.ts';
import { outgoingTimeouts } from './timeouts.ts';

/** How connections to other servers are made. */
export interface ConnectionOptions {
  /** Milliseconds for name, connection and TLS. */
  readonly connectMs?: number;
  /** Which addresses may be connected to; checked when a connection is made, so that no name can lead elsewhere meanwhile. All by default. */
  readonly allows?: (address: string) => boolean;
  /** The system's resolver by default. Names below `localhost` are never looked up, unless `lookup` is given. */
  readonly lookup?: LookupFunction;
  /** PEM, in place of the authorities that Node trusts. */
  readonly ca?: readonly string[];
}

/** A connection was not made, because its address is not allowed. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Makes connections for undici. */
export function connectorFor(
  build: typeof buildConnector,
  { connectMs, allows, lookup, ca }: ConnectionOptions,
): buildConnector.connector {
  const resolve = lookup ?? lookupHost;
  const settings = {
    timeout: connectMs ?? outgoingTimeouts.connectMs,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  };
  if (allows === undefined) return build({ ...settings, lookup: resolve });
  const connect = build({ ...settings, lookup: allowedOnly(allows, resolve) });
  return (options, callback) => {
    const host = hostOfUrl(options.hostname);
    // An address is connected to without a lookup.
    if (isIP(host) !== 0 && !allows(host)) return callback(new AddressRefused(host), null);
    connect(options, callback);
  };
}

const lookupHost: LookupFunction = (hostname, options, callback) =>
  isLocalName(hostname)
    ? lookupLoopback(hostname, options, callback)
    : systemLookup(hostname, options, callback);

/** A lookup that finds allowed addresses only. */
const allowedOnly =
  (allows: (address: string) => boolean, lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const allowed = (Array.isArray(found) ? found : []).filter(({ address }) => allows(address));
      const [first] = allowed;
      if (!first) return callback(new AddressRefused(hostname), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
