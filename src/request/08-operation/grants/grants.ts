import type { Parameters } from '../../../catalogue/sent.ts';
import { refuse } from '../../../contract/refuse.ts';
import type { IdentifiedClient } from '../../03-authentication/client.ts';
import { parameterText } from '../../06-parameters/single.ts';
import { authorizationCodeGrant } from './authorization_code.ts';
import { clientCredentials } from './client_credentials.ts';
import type { Grant } from './grant.ts';
import { refreshTokenGrant } from './refresh_token.ts';

const grants: readonly Grant[] = [authorizationCodeGrant, refreshTokenGrant, clientCredentials];

/** The grant that a token request names. Refuses `parameter.missing`, `grant_type.unsupported`, `grant_type.forbidden`. */
export function grantFor({ application }: IdentifiedClient, parameters: Parameters): Grant {
  const named = parameterText(parameters, 'grant_type');
  if (!named) refuse('parameter.missing', { field: 'grant_type' });
  const grant = grants.find(({ grantType }) => grantType === named);
  if (!grant) refuse('grant_type.unsupported', { exact: `it says ${named.slice(0, 60)}` });
  if (!grant.types.includes(application.type)) {
    refuse('grant_type.forbidden', {
      exact: `a ${application.type} application may not use ${grant.grantType}`,
    });
  }
  return grant;
}
