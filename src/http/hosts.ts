import type { LookupFunction } from 'node:net';

/** Whether a host, without its port, is of this machine alone: `localhost`, `127.0.0.0/8`, `::1`. A name that has to be looked up is not. */
export const isLoopbackHost = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);

/** Whether a name always means this machine, whatever a resolver says (RFC 6761): `localhost` and names below it. */
export const isLocalName = (host: string): boolean => /^(.+\.)?localhost$/i.test(host);

/** Answers every name with the loopback addresses, without a resolver: 127.0.0.1 first, then ::1. */
export const lookupLoopback: LookupFunction = (_, { all }, done) =>
  all ? done(null, loopbackAddresses) : done(null, '127.0.0.1', 4);

const loopbackAddresses = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** For a client of Node's own: how a name that always means this machine is looked up; `{}` for any other. */
export const localLookup = (host: string): { readonly lookup?: LookupFunction } =>
  isLocalName(host) ? { lookup: lookupLoopback } : {};

/** A host as it stands in a URL: an IPv6 address in brackets. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** A host as sockets take it: an IPv6 address without the brackets it has in a URL. */
export const hostOfUrl = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
