import type { Parameters } from '../../../catalogue/sent.ts';
import type { ApplicationType } from '../../../identity/applications.ts';
import type { IssuedTokens } from '../../../identity/tokens.ts';
import type { IdentifiedClient } from '../../03-authentication/client.ts';
import type { World } from '../../world.ts';
import type { Account } from '../account.ts';

/** A request of the token endpoint that may go ahead. */
export interface GrantExchange extends IdentifiedClient {
  readonly parameters: Parameters;
  /** Seconds asked for by `expires_in`, within the limits; `undefined` when nothing was asked. */
  readonly lifetime: number | undefined;
}

export interface GrantResult {
  readonly tokens: IssuedTokens;
  readonly account: Account;
}

/** A plug: `authorization_code.ts`, `refresh_token.ts`, `client_credentials.ts`. */
export interface Grant {
  readonly grantType: string;
  /** The types of application that may use it. */
  readonly types: readonly ApplicationType[];
  exchange(asked: GrantExchange, world: World): Promise<GrantResult>;
}
