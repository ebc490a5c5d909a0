import type { Tree } from '../contract/answer.ts';
import { concludeOAuth } from '../request/10-status/oauth.ts';
import { type DeploymentHandler, enter } from '../request/walk.ts';
import type { World } from '../request/world.ts';
import { issuerOf } from './issuer.ts';

/** `GET /.well-known/oauth-authorization-server` (RFC 8414). Refuses `deployment.unknown`. */
export const metadataHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  answer: ({ received }, trail, world) => {
    enter(trail, 'status');
    return concludeOAuth(trail, metadata(issuerOf(received), world), world.settings.tellCauses);
  },
  refused: (_, trail, world) => concludeOAuth(trail, undefined, world.settings.tellCauses),
});

function metadata(issuer: string, { catalogue }: World): Tree {
  const resources = ['all', ...[...catalogue.scopes].sort()];
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/v0/authorize`,
    token_endpoint: `${issuer}/oauth2/v0/token`,
    revocation_endpoint: `${issuer}/oauth2/v0/revoke`,
    scopes_supported: resources.flatMap((resource) => [`read(${resource})`, `write(${resource})`]),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  };
}
