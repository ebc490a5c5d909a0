import { Refusal, refuse } from '../../../contract/refuse.ts';
import { seal, unseal } from '../../../identity/refresh.ts';
import { covers, parseScope, parseStoredScope, printScope } from '../../../identity/scope.ts';
import { digestText } from '../../../identity/secrets.ts';
import { issueTokens, lifetimes, revokeFamily, type Tokens } from '../../../identity/tokens.ts';
import { textOf } from '../../06-parameters/single.ts';
import type { World } from '../../world.ts';
import { activeAccount } from '../account.ts';
import type { Exchange, Grant, Issued } from './grant.ts';

const columns = [
  'family',
  'application_id',
  'staff_id',
  'scope',
  'lifetime',
  'date_expires',
  'date_revoked',
  'date_replaced',
  'successor',
] as const;

/**
 * A refresh token for its one successor. Whoever asks again within 30 seconds races, and gets the same bytes; later it is a replay, and the
 * whole family ends. Refuses `parameter.missing`, `refresh.unknown`, `refresh.foreign`, `refresh.revoked`, `refresh.expired`,
 * `refresh.replayed`, `scope.exceeded`, `user.invalid`.
 */
async function exchange(asked: Exchange, world: World): Promise<Issued> {
  const { application, deployment, parameters } = asked;
  const token = textOf(parameters, 'refresh_token');
  if (!token) refuse('parameter.missing', { field: 'refresh_token' });
  const hash = digestText(token);
  const scopeText = textOf(parameters, 'scope');
  const now = world.clock(deployment.id);
  const once = () =>
    world.store.within(async (writing): Promise<Issued | Refusal | 'raced'> => {
      const row = await writing.find(deployment.id, 'refresh_tokens', columns, { digest: hash });
      if (!row) return refuse('refresh.unknown');
      if (row.application_id !== application.id) refuse('refresh.foreign');
      if (row.date_revoked !== null) refuse('refresh.revoked');
      const staffId = row.staff_id as number;
      const account = await activeAccount(writing, deployment.id, staffId);
      if (row.date_replaced !== null) {
        if (now - (row.date_replaced as number) <= lifetimes.grace && row.successor !== null) {
          return { tokens: JSON.parse(unseal(row.successor as string, token)) as Tokens, account };
        }
        await revokeFamily(writing, deployment.id, row.family as string, now);
        // Returned, not thrown: what it revokes has to be committed.
        return new Refusal('refresh.replayed');
      }
      if ((row.date_expires as number) <= now) refuse('refresh.expired');
      const granted = parseStoredScope(row.scope as string);
      const wanted = scopeText ? parseScope(scopeText, world.catalogue.scopes) : granted;
      if (!covers(granted, wanted)) refuse('scope.exceeded', { detail: printScope(wanted) });
      // RFC 6749 6: a narrower scope is for the access token; the refresh token keeps what was granted.
      const won = await writing.update(
        deployment.id,
        'refresh_tokens',
        { digest: hash, date_replaced: null },
        { date_replaced: now },
      );
      if (won === 0) return 'raced';
      const tokens = await issueTokens(
        writing,
        deployment.id,
        {
          family: row.family as string,
          applicationId: application.id,
          staffId,
          scope: printScope(wanted),
          lifetime: asked.lifetime ?? (row.lifetime as number),
          refreshable: true,
        },
        now,
      );
      const sealed = seal(JSON.stringify(tokens), token);
      await writing.update(deployment.id, 'refresh_tokens', { digest: hash }, { successor: sealed });
      return { tokens, account };
    });
  let done = await once();
  // The other side has committed by now: its successor is there to be read.
  if (done === 'raced') done = await once();
  if (done === 'raced') throw new Error('a refresh token was lost to a race twice');
  if (done instanceof Refusal) throw done;
  return done;
}

export const refreshTokenGrant: Grant = Object.freeze<Grant>({
  grantType: 'refresh_token',
  types: ['web', 'installed'],
  exchange,
});
