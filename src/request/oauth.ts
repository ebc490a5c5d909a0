import type { Parameters } from '../catalogue/sent.ts';
import type { Tree } from '../contract/answer.ts';
import { refuse } from '../contract/refuse.ts';
import { revokeToken } from '../identity/tokens.ts';
import { claimedClient, type IdentifiedClient, identifyClient } from './03-authentication/client.ts';
import { lifetimeIn } from './06-parameters/lifetime.ts';
import { parameterText, singleParameters } from './06-parameters/single.ts';
import { grantFor } from './08-operation/grants/grants.ts';
import { tokenAnswer } from './09-representation/token.ts';
import { concludeOAuth } from './10-status/oauth.ts';
import type { SecurityEvent } from './trail.ts';
import { type DeploymentHandler, enter } from './walk.ts';
import type { World } from './world.ts';

/** Requests to the token or the revocation endpoint; `undefined`: to a path of OAuth that does not exist. */
export const oauthHandler = (endpoint: 'token' | 'revoke' | undefined): DeploymentHandler => ({
  faults: { surface: endpoint ?? 'token', claimed: ({ received }) => claimedClient(received) },
  crossOrigin: true,
  answer: async (located, trail, world) => {
    const { received } = located;
    enter(trail, 'authentication');
    const identified = await identifyClient(located, endpoint, world);
    trail.application = identified.application;
    trail.origin = identified.origin;
    enter(trail, 'route');
    if (endpoint === undefined) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    if (received.method !== 'POST') refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    enter(trail, 'parameters');
    const parameters = singleParameters(received);
    enter(trail, 'operation');
    const { tree, event } = await (endpoint === 'token'
      ? exchange(identified, parameters, world)
      : revoke(identified, parameters, world));
    trail.event = event;
    enter(trail, 'status');
    return concludeOAuth(trail, tree, world.settings.tellCauses);
  },
  refused: (_, trail, world) => concludeOAuth(trail, undefined, world.settings.tellCauses),
});

interface Completed {
  readonly tree: Tree;
  readonly event: SecurityEvent | undefined;
}

const clientBy = ({ confidential }: IdentifiedClient): SecurityEvent['by'] =>
  confidential ? 'secret' : 'client-id';

async function exchange(
  identified: IdentifiedClient,
  parameters: Parameters,
  world: World,
): Promise<Completed> {
  const grant = grantFor(identified, parameters);
  const { tokens, account } = await grant.exchange(
    { ...identified, parameters, lifetime: lifetimeIn(parameters) },
    world,
  );
  const { deployment, received } = identified;
  const tree = tokenAnswer(tokens, account, { deployment, host: received.host }, world.catalogue);
  const what = grant.grantType === 'refresh_token' ? 'token.refreshed' : 'token.issued';
  return { tree, event: { what, by: clientBy(identified), staff: account.person.id } };
}

/** RFC 7009: the answer is the same whether or not there was a token to revoke. */
async function revoke(
  identified: IdentifiedClient,
  parameters: Parameters,
  world: World,
): Promise<Completed> {
  const { deployment, application } = identified;
  const token = parameterText(parameters, 'token');
  if (!token) refuse('parameter.missing', { field: 'token' });
  const revoked = await world.store.within((writing) =>
    revokeToken(writing, deployment.id, {
      token,
      applicationId: application.id,
      now: world.clock(deployment.id),
    }),
  );
  const event = { what: 'token.revoked', by: clientBy(identified), staff: undefined } as const;
  return { tree: { status: 'ok' }, event: revoked ? event : undefined };
}
