import { randomBytes } from 'node:crypto';
import { type Application, createApplication } from '../../../../src/identity/applications.ts';
import type { LockSubject } from '../../../../src/identity/lockout.ts';
import { digestText } from '../../../../src/identity/secrets.ts';
import { lifetimes } from '../../../../src/identity/tokens.ts';
import type { GrantExchange } from '../../../../src/request/08-operation/grants/grant.ts';
import { grantFor } from '../../../../src/request/08-operation/grants/grants.ts';
import type { World } from '../../../../src/request/world.ts';
import type { Store, Values } from '../../../../src/store/store.ts';
import { identityStore } from '../../../identity/store.ts';

export const redirectUri = 'https://a.example/back';

/** The grants of the token endpoint over a store in memory, with a clock that tests move. */
export async function startGranting() {
  const store = await identityStore();
  const person = { standing: 'active', access: '{"everything":"admin"}' };
  await store.within(async (writing) => {
    await writing.insert(1, 'staff', { id: 7, username: 'fry', ...person });
    await writing.insert(1, 'staff', { id: 8, username: 'bender', ...person, standing: 'inactive' });
  });
  const register = async (type: Application['type'], redirectUris: readonly string[] = []) =>
    (
      await createApplication(
        store,
        { id: 1, name: 'here' },
        { type, name: type, staffId: 7, redirectUris, defaultScope: 'read(jobs)' },
        1,
      )
    ).application;
  const applications = {
    web: await register('web', [redirectUri]),
    installed: await register('installed'),
    service: await register('service'),
    other: await register('web', [redirectUri]),
  };
  const granting = {
    now: 1_000_000,
    store,
    applications,
    told: [] as string[],
    ask,
    code,
    world: worldOf(store),
  };

  function worldOf(over: Store): World {
    const fail = async (kind: string, deployment: number, { subject, address }: LockSubject) => {
      granting.told.push(`${kind} ${deployment} ${subject} ${address}`);
    };
    return {
      store: over,
      clock: () => granting.now,
      catalogue: { scopes: new Set(['companies', 'jobs']) },
      lockout: { fail },
      settings: { authorizationLifetime: lifetimes.authorization },
    } as unknown as World;
  }

  /** What the token endpoint does once it knows who asks. */
  function ask(
    application: Application,
    parameters: Readonly<Record<string, unknown>>,
    more: { readonly isPublic?: boolean; readonly lifetime?: number; readonly over?: Store } = {},
  ) {
    const asked = {
      application,
      confidential: !more.isPublic,
      deployment: { id: 1, name: 'here' },
      received: { address: '192.0.2.1' },
      parameters: new Map(Object.entries(parameters)),
      lifetime: more.lifetime,
    } as unknown as GrantExchange;
    return grantFor(asked, asked.parameters).exchange(asked, more.over ? worldOf(more.over) : granting.world);
  }

  /** A code as the authorization pages leave it. */
  async function code(application: Application, more: Values = {}): Promise<string> {
    const secret = randomBytes(9).toString('hex');
    await store.within((writing) =>
      writing.insert(1, 'grants', {
        digest: digestText(secret),
        family: secret,
        application_id: application.id,
        staff_id: 7,
        scope: 'read(jobs),write(companies)',
        redirect_uri: null,
        challenge: null,
        lifetime: null,
        date_created: granting.now,
        date_expires: granting.now + 600,
        date_consumed: null,
        date_revoked: null,
        ...more,
      }),
    );
    return secret;
  }

  return granting;
}
