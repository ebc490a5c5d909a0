import { Refusal, refuse } from '../../../contract/refuse.ts';
import { seal, unseal } from '../../../identity/refresh.ts';
import { covers, parseScope, parseStoredScope, printScope } from '../../../identity/scope.ts';
import { digestText } from '../../../identity/secrets.ts';
import {
  findLocked,
  type IssuedTokens,
  issueAccess,
  issueTokens,
  lifetimes,
  type NewAccess,
  revokeFamily,
} from '../../../identity/tokens.ts';
import type { Values, Writing } from '../../../store/store.ts';
import { parameterText } from '../../06-parameters/single.ts';
import type { World } from '../../world.ts';
import { activeAccount } from '../account.ts';
import type { Grant, GrantExchange, GrantResult } from './grant.ts';

const columns = [
  'family',
  'application_id',
  'staff_id',
  'scope',
  'lifetime',
  'date_created',
  'date_authorized',
  'date_expires',
  'date_revoked',
  'date_replaced',
  'successor',
  'authenticated',
] as const;

/** A refresh token as it was sent, and the row that it is the key to. */
interface Refreshing {
  readonly token: string;
  readonly hash: string;
  readonly row: Values;
  readonly now: number;
}

/**
 * A refresh token for its one successor. A second request within 30 seconds is a race, and gets the same bytes; later it is a replay, and the
 * whole family ends. Refuses `parameter.missing`, `refresh.unknown`, `refresh.foreign`, `secret.wrong`, `refresh.revoked`, `refresh.expired`,
 * `refresh.replayed`, `scope.malformed`, `scope.unknown`, `scope.exceeded`, `user.invalid`.
 */
async function exchange(asked: GrantExchange, world: World): Promise<GrantResult> {
  const { application, deployment, received } = asked;
  const token = parameterText(asked.parameters, 'refresh_token');
  if (!token) refuse('parameter.missing', { field: 'refresh_token' });
  const hash = digestText(token);
  const now = world.clock(deployment.id);
  const once = () =>
    world.store.within(async (writing): Promise<GrantResult | Refusal | 'raced'> => {
      const row = await findLocked(writing, deployment.id, {
        table: 'refresh_tokens',
        columns,
        digest: hash,
        now,
      });
      if (!row) refuse('refresh.unknown');
      if (row.application_id !== application.id) refuse('refresh.foreign');
      // RFC 6749 6. Before anything else: who may not refresh does not end the family by a replay either.
      if (row.authenticated === 1 && !asked.confidential)
        refuse('secret.wrong', { exact: 'the secret was given for this family before' });
      if (row.date_revoked !== null) refuse('refresh.revoked');
      const account = await activeAccount(writing, deployment.id, row.staff_id as number);
      const refreshing = { token, hash, row, now };
      const done = await (row.date_replaced === null
        ? replace(writing, asked, refreshing, world)
        : repeat(writing, asked, refreshing, world));
      return typeof done === 'object' && 'access' in done ? { tokens: done, account } : done;
    });
  try {
    let done = await once();
    // A process of an older version takes no lock; it has committed by now.
    if (done === 'raced') done = await once();
    if (done === 'raced') throw new Error('a refresh token was lost to a race twice');
    if (done instanceof Refusal) throw done;
    return done;
  } catch (error) {
    if (error instanceof Refusal && error.because === 'secret.wrong') {
      const { clientId } = application;
      await world.lockout.fail('client', deployment.id, {
        subject: clientId,
        address: received.address,
        who: clientId,
      });
    }
    throw error;
  }
}

/** The first use: a new access token, and a new refresh token in place of this one. */
async function replace(
  writing: Writing,
  asked: GrantExchange,
  { token, hash, row, now }: Refreshing,
  world: World,
): Promise<IssuedTokens | 'raced'> {
  const { id } = asked.deployment;
  if ((row.date_expires as number) <= now) refuse('refresh.expired');
  const given = accessFor(asked, row, now, world);
  const unused = { digest: hash, date_replaced: null, date_revoked: null };
  const won = await writing.update(id, 'refresh_tokens', unused, { date_replaced: now });
  if (won === 0) return 'raced';
  const tokens = await issueTokens(
    writing,
    id,
    {
      ...given,
      refreshable: true,
      // RFC 6749 6: a narrower scope is for the access token; the refresh token keeps what was granted.
      granted: row.scope as string,
      authenticated: row.authenticated === 1 || asked.confidential,
      authorized: authorizedAt(row),
      refreshableFor: world.settings.authorizationLifetime,
    },
    now,
  );
  const successor = seal(JSON.stringify(tokens), token);
  await writing.update(id, 'refresh_tokens', { digest: hash }, { successor });
  return tokens;
}

/** Another use: for a short while the successor again, with an access token of its own where another scope is asked for. */
async function repeat(
  writing: Writing,
  asked: GrantExchange,
  { token, row, now }: Refreshing,
  world: World,
): Promise<IssuedTokens | Refusal> {
  const { id } = asked.deployment;
  if (now - (row.date_replaced as number) > lifetimes.grace || row.successor === null) {
    await revokeFamily(writing, id, row.family as string, now);
    // Returned, not thrown: what it revokes has to be committed.
    return new Refusal('refresh.replayed');
  }
  const before = JSON.parse(unseal(row.successor as string, token)) as IssuedTokens;
  const given = accessFor(asked, row, now, world);
  if (given.scope === before.scope) return before;
  const { scope, lifetime } = given;
  return { ...before, access: await issueAccess(writing, id, given, now), scope, lifetime };
}

/** The access token that is asked for; it ends with the authorization. Refuses `refresh.expired`, `scope.malformed`, `scope.unknown`, `scope.exceeded`. */
function accessFor(
  { parameters, lifetime }: GrantExchange,
  row: Values,
  now: number,
  world: World,
): NewAccess {
  const left = authorizedAt(row) + world.settings.authorizationLifetime - now;
  if (left <= 0) refuse('refresh.expired', { exact: 'the authorization has ended' });
  const granted = parseStoredScope(row.scope as string);
  const sent = parameterText(parameters, 'scope');
  const wanted = sent ? parseScope(sent, world.catalogue.scopes) : granted;
  if (!covers(granted, wanted)) refuse('scope.exceeded', { detail: printScope(wanted) });
  return {
    family: row.family as string,
    applicationId: row.application_id as number,
    staffId: row.staff_id as number,
    scope: printScope(wanted),
    lifetime: Math.min(lifetime ?? (row.lifetime as number), left),
  };
}

/** Of a row from before this was kept: no earlier than the row itself. */
const authorizedAt = (row: Values): number => (row.date_authorized ?? row.date_created) as number;

export const refreshTokenGrant: Grant = Object.freeze<Grant>({
  grantType: 'refresh_token',
  types: ['web', 'installed'],
  exchange,
});
