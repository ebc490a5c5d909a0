import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Tree } from '../../contract/answer.ts';
import type { Deployment } from '../../identity/deployments.ts';
import { spacedScope } from '../../identity/scope.ts';
import type { IssuedTokens } from '../../identity/tokens.ts';
import type { Account } from '../08-operation/account.ts';
import { accountDetails } from './account.ts';

/** A token answer (RFC 6749 5.1, and what the API adds). `expires_in` is a JSON number; `host` is where the deployment was reached, without a scheme. */
export function tokenAnswer(
  tokens: IssuedTokens,
  account: Account,
  { deployment, host }: { readonly deployment: Deployment; readonly host: string },
  catalogue: Catalogue,
): Tree {
  return {
    access_token: tokens.access,
    token_type: 'Bearer',
    expires_in: tokens.lifetime,
    ...(tokens.refresh === undefined ? {} : { refresh_token: tokens.refresh }),
    scope: spacedScope(tokens.scope),
    deployment: deployment.name,
    deployment_name: deployment.title,
    deployment_uri: host,
    account_id: String(account.person.id),
    account_details: accountDetails(catalogue, deployment, account),
  };
}
