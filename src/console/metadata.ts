import type { Tree } from '../contract/answer.ts';
import type { Received } from '../request/01-transport/received.ts';
import { locate } from '../request/02-deployment/locate.ts';
import { concludeOAuth } from '../request/10-status/oauth.ts';
import { fallen } from '../request/fallen.ts';
import type { Concluded } from '../request/pipeline.ts';
import { enterStage, type Trail, trailOf } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { issuerOf } from './issuer.ts';

/** `GET /.well-known/oauth-authorization-server` (RFC 8414). Refuses `deployment.unknown`. */
export async function answerMetadata(received: Received, world: World): Promise<Concluded> {
  let trail: Trail = trailOf(received);
  try {
    const { deployment } = await locate(received, world);
    trail = enterStage(trail, 'status', { deployment });
    const tree = metadata(issuerOf(received), world);
    return { answer: concludeOAuth(trail, tree, world.settings.tellCauses), trail };
  } catch (error) {
    trail = fallen(trail, error);
    return { answer: concludeOAuth(trail, undefined, world.settings.tellCauses), trail };
  }
}

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
