import type { Need } from './probe.ts';
import { type Secrets, secrets } from './secrets.ts';
import { basic } from './sending.ts';

export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** What the caller of the command gave, and allowed. */
export interface Pieces {
  readonly token: string | undefined;
  readonly service: Client | undefined;
  readonly web: Client | undefined;
  readonly redirectUri: string | undefined;
  readonly person: { readonly username: string; readonly password: string } | undefined;
  /** Authorization codes that a person fetched: each serves once. */
  readonly codes: readonly string[];
  /** A second application that may exchange codes. */
  readonly other: Client | undefined;
  /** Token of a person without access to companies. */
  readonly restricted: string | undefined;
  /** An application restricted to another address than ours, and one to another domain. */
  readonly address: Client | undefined;
  readonly domain: Client | undefined;
  readonly writes: boolean;
  /** Failed attempts to make at most; `undefined`: not allowed. */
  readonly lockout: number | undefined;
  readonly exhaust: boolean;
}

interface Row {
  /** How to give it. */
  readonly flag: string;
  readonly has: (pieces: Pieces) => boolean;
}

export const needs: Readonly<Record<Need, Row>> = Object.freeze({
  token: {
    flag: '--token, or --client-id and --client-secret',
    has: ({ token, service, web, codes, person }) =>
      Boolean(token || service || (web && (codes.length > 0 || person))),
  },
  service: {
    flag: '--client-id and --client-secret of a service application',
    has: ({ service }) => service !== undefined,
  },
  web: { flag: '--web-client-id and --web-client-secret', has: ({ web }) => web !== undefined },
  'sign-in': {
    flag: '--web-client-id, --web-client-secret, --username and --password',
    has: ({ web, person }) => web !== undefined && person !== undefined,
  },
  code: {
    flag: '--web-client-id, --web-client-secret, and --username and --password, or one more --code',
    has: ({ web, person, codes }) => web !== undefined && (person !== undefined || codes.length > 0),
  },
  other: {
    flag: '--other-client-id and --other-client-secret',
    has: ({ other }) => other !== undefined,
  },
  restricted: {
    flag: '--restricted-token of a person without access to companies',
    has: ({ restricted }) => restricted !== undefined,
  },
  address: {
    flag: '--address-client-id and --address-client-secret of an application for another address',
    has: ({ address }) => address !== undefined,
  },
  domain: {
    flag: '--domain-client-id and --domain-client-secret of an application for another domain',
    has: ({ domain }) => domain !== undefined,
  },
  writes: { flag: '--writes', has: ({ writes }) => writes },
  lockout: { flag: '--lockout', has: ({ lockout }) => lockout !== undefined },
  exhaust: { flag: '--exhaust', has: ({ exhaust }) => exhaust },
});

/** The secrets among what was given, each with the variable that stands for it. */
export function secretsOf(pieces: Pieces): Secrets {
  const kept = secrets();
  const { token, service, web, other, address, domain, restricted, person, codes } = pieces;
  const clients = { '': service, WEB_: web, OTHER_: other, ADDRESS_: address, DOMAIN_: domain };
  for (const [prefix, client] of Object.entries(clients)) {
    if (!client) continue;
    const variable = `$${prefix}CLIENT_SECRET`;
    kept.keep(client.secret, variable);
    const encoded = basic(client).Authorization?.slice('Basic '.length) ?? '';
    kept.keep(encoded, `$(printf %s '${client.id}:'"${variable}" | base64 -w0)`);
  }
  if (token !== undefined) kept.keep(token, '$TOKEN');
  if (restricted !== undefined) kept.keep(restricted, '$RESTRICTED_TOKEN');
  if (person) kept.keep(person.password, '$PASSWORD');
  for (const code of codes) kept.keep(code, '$CODE');
  return kept;
}
