import { Refusal, refuse } from '../../../contract/refuse.ts';
import { digest, digestText, s256, sameSecret } from '../../../identity/secrets.ts';
import { findLocked, issueTokens, lifetimes, revokeFamily } from '../../../identity/tokens.ts';
import type { Values } from '../../../store/store.ts';
import { parameterText } from '../../06-parameters/single.ts';
import type { World } from '../../world.ts';
import { activeAccount } from '../account.ts';
import type { Grant, GrantExchange, GrantResult } from './grant.ts';

const columns = [
  'family',
  'application_id',
  'staff_id',
  'scope',
  'redirect_uri',
  'challenge',
  'lifetime',
  'date_created',
  'date_expires',
  'date_consumed',
  'date_revoked',
] as const;

/**
 * A code for tokens, once. A second use revokes what the first one got (RFC 6749 4.1.2). Refuses `parameter.missing`, `grant.unknown`, `grant.foreign`,
 * `grant.revoked`, `grant.consumed`, `grant.expired`, `redirect.mismatched`, `verifier.wrong`, `user.invalid`.
 */
async function exchange(asked: GrantExchange, world: World): Promise<GrantResult> {
  const { application, deployment, parameters, received } = asked;
  // A PIN is shown in groups, and some type it as they see it.
  const code = parameterText(parameters, 'code')?.replaceAll(' ', '');
  if (!code) refuse('parameter.missing', { field: 'code' });
  const hash = digestText(code);
  const now = world.clock(deployment.id);
  const done = await world.store.within(async (writing): Promise<GrantResult | Refusal> => {
    const row = await findLocked(writing, deployment.id, { table: 'grants', columns, digest: hash, now });
    if (!row) return new Refusal('grant.unknown');
    if (row.application_id !== application.id) refuse('grant.foreign');
    if (row.date_revoked !== null) refuse('grant.revoked');
    if (row.date_consumed !== null) {
      await revokeFamily(writing, deployment.id, row.family as string, now);
      // A refusal that is returned, not thrown: what it revokes has to be committed.
      return new Refusal('grant.consumed');
    }
    if ((row.date_expires as number) <= now) refuse('grant.expired');
    checkRedirect(row, parameterText(parameters, 'redirect_uri'), application.redirectUris);
    checkVerifier(row, parameterText(parameters, 'code_verifier'), asked.confidential);
    // The lock decides the race. A process of an older version takes none; between such two the number of rows does.
    const won = await writing.update(
      deployment.id,
      'grants',
      { digest: hash, date_consumed: null },
      { date_consumed: now },
    );
    if (won === 0) {
      await revokeFamily(writing, deployment.id, row.family as string, now);
      return new Refusal('grant.consumed');
    }
    const staffId = row.staff_id as number;
    const account = await activeAccount(writing, deployment.id, staffId);
    const lifetime = asked.lifetime ?? (row.lifetime as number | null) ?? lifetimes.token;
    const tokens = await issueTokens(
      writing,
      deployment.id,
      {
        family: row.family as string,
        applicationId: application.id,
        staffId,
        scope: row.scope as string,
        lifetime,
        refreshable: true,
        authenticated: asked.confidential,
        authorized: row.date_created as number,
        refreshableFor: world.settings.authorizationLifetime,
      },
      now,
    );
    return { tokens, account };
  });
  if (!(done instanceof Refusal)) return done;
  // A PIN is short: guessing at it counts like guessing at a secret.
  if (done.because === 'grant.unknown')
    await world.lockout.fail('client', deployment.id, {
      subject: application.clientId,
      address: received.address,
      who: application.clientId,
    });
  throw done;
}

/** "If a redirect_uri was provided when authorizing this must be the redirect_uri provided" — reference, Token Acquisition. */
function checkRedirect(row: Values, sent: string | undefined, registered: readonly string[]): void {
  const asked = row.redirect_uri as string | null;
  const right = asked === null ? sent === undefined || registered.includes(sent) : sent === asked;
  if (!right)
    refuse('redirect.mismatched', {
      exact: `sent ${sent?.slice(0, 200) ?? 'none'}, asked for ${asked ?? 'none'}`,
    });
}

function checkVerifier(row: Values, verifier: string | undefined, confidential: boolean): void {
  const challenge = row.challenge as string | null;
  if (challenge === null) {
    // RFC 9700 2.1.1: somebody took the challenge out of the authorization request, or put another's code into this exchange.
    if (verifier || !confidential) refuse('verifier.wrong', { exact: 'the code has no challenge' });
    return;
  }
  if (!verifier || !sameSecret(digest(challenge), digest(s256(verifier)))) refuse('verifier.wrong');
}

export const authorizationCodeGrant: Grant = Object.freeze<Grant>({
  grantType: 'authorization_code',
  types: ['web', 'installed'],
  exchange,
});
