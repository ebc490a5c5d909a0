import { randomUUID } from 'node:crypto';
import { refuse } from '../../../contract/refuse.ts';
import { findPerson } from '../../../identity/people.ts';
import { parseScope, printScope } from '../../../identity/scope.ts';
import { issueTokens, lifetimes } from '../../../identity/tokens.ts';
import { textOf } from '../../06-parameters/single.ts';
import type { World } from '../../world.ts';
import type { Exchange, Grant, Issued } from './grant.ts';

/** A service application acts for the staff member who registered it. Refuses `user.invalid`, `scope.malformed`, `scope.unknown`. */
async function exchange(asked: Exchange, world: World): Promise<Issued> {
  const { application, deployment, parameters } = asked;
  const scope = printScope(
    parseScope(textOf(parameters, 'scope') || application.defaultScope, world.catalogue.scopes),
  );
  const person = await findPerson(world.store, deployment.id, application.staffId);
  if (person?.standing !== 'active')
    refuse('user.invalid', { exact: `staff ${application.staffId} is ${person?.standing ?? 'gone'}` });
  const tokens = await world.store.within((writing) =>
    issueTokens(
      writing,
      deployment.id,
      {
        family: randomUUID(),
        applicationId: application.id,
        staffId: application.staffId,
        scope,
        lifetime: asked.lifetime ?? lifetimes.token,
        refreshable: false,
      },
      world.clock(),
    ),
  );
  return { tokens, staffId: application.staffId };
}

export const clientCredentials: Grant = Object.freeze<Grant>({
  grantType: 'client_credentials',
  types: ['service'],
  exchange,
});
