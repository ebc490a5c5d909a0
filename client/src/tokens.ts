import type { Failure } from './verdict.ts';

/** An access token, and what renews it. */
export interface Tokens {
  readonly access: string;
  readonly refresh?: string | undefined;
  /** Unix seconds. */
  readonly expires?: number | undefined;
}

/**
 * Where tokens are kept between runs; all may be asynchronous. Clients may share one: each asks it again before it renews, and those of one
 * process take turns.
 */
export interface TokenStorage {
  load(): Tokens | undefined | Promise<Tokens | undefined>;
  /** `undefined`: forget them, they were revoked. */
  save(tokens: Tokens | undefined): void | Promise<void>;
}

/** Who asks for tokens. */
export interface Application {
  readonly clientId: string;
  /** Installed applications may have none. */
  readonly clientSecret?: string | undefined;
  readonly storage?: TokenStorage | undefined;
}

/** How the client comes by a token. */
export type Auth =
  /** A token from elsewhere, which is not renewed. */
  | { readonly token: string }
  /** A service application. `scope` such as `read(all)`; `expiresIn` in seconds. */
  | (Application & {
      readonly grant: 'client_credentials';
      readonly clientSecret: string;
      readonly scope?: string | undefined;
      readonly expiresIn?: number | undefined;
    })
  /** A web or installed application, just after its user has agreed: `code` and `verifier` as `authorization` tells, `redirectUri` as it was asked for. */
  | (Application & {
      readonly grant: 'authorization_code';
      readonly code: string;
      readonly redirectUri?: string | undefined;
      readonly verifier?: string | undefined;
    })
  /** The same application later: the tokens wait in the storage, or `refreshToken` begins. */
  | (Application & { readonly grant: 'refresh_token'; readonly refreshToken?: string | undefined });

/** No token could be had. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated';
  readonly verdict: Failure;
  constructor(verdict: Failure) {
    super(verdict.message);
    this.verdict = verdict;
  }
}
