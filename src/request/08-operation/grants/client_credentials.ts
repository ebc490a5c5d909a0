import { randomUUID } from 'node:crypto';
import { refuse } from '../../../contract/refuse.ts';
import { mayAsk } from '../../../identity/applications.ts';
import { parseScope, printScope } from '../../../identity/scope.ts';
import { issueTokens, lifetimes } from '../../../identity/tokens.ts';
import { parameterText } from '../../06-parameters/single.ts';
import type { World } from '../../world.ts';
import { activeAccount } from '../account.ts';
import type { Grant, GrantExchange, GrantResult } from './grant.ts';

/** A service application acts for the staff member who registered it. Refuses `user.invalid`, `scope.malformed`, `scope.unknown`, `scope.exceeded`. */
async function exchange(asked: GrantExchange, world: World): Promise<GrantResult> {
  const { application, deployment, parameters } = asked;
  const wanted = parseScope(
    parameterText(parameters, 'scope') || application.defaultScope,
    world.catalogue.scopes,
  );
  const scope = printScope(wanted);
  if (!mayAsk(application, wanted)) refuse('scope.exceeded', { detail: scope });
  const { staffId } = application;
  const account = await world.store.once(`account ${deployment.id} ${staffId}`, () =>
    activeAccount(world.store, deployment.id, staffId),
  );
  const tokens = await world.store.within((writing) =>
    issueTokens(
      writing,
      deployment.id,
      {
        family: randomUUID(),
        applicationId: application.id,
        staffId,
        scope,
        lifetime: asked.lifetime ?? lifetimes.token,
        refreshable: false,
      },
      world.clock(deployment.id),
    ),
  );
  return { tokens, account };
}

export const clientCredentials: Grant = Object.freeze<Grant>({
  grantType: 'client_credentials',
  types: ['service'],
  exchange,
});
