import type { Finding } from '../lint.ts';
import { lint } from '../lint.ts';
import type { Exchange, Recorded } from '../recording/exchange.ts';
import { times } from '../times.ts';

/** The fingerprints of all tokens that the run has seen where they belong. */
function tokensOf({ exchanges }: Recorded): ReadonlySet<string> {
  const prints = new Set<string>();
  for (const { token, answer, parameters } of exchanges) {
    const { access, refresh } = answer.given ?? {};
    for (const print of [token, access, refresh, parameters.refresh_token])
      if (print !== undefined) prints.add(print);
  }
  return prints;
}

export default lint({
  level: 'error',
  row: 'token.missing',
  finds: 'A token, a password or another secret in a URL.',
  instead:
    'Send tokens in the header Authorization: Bearer, and other secrets in the body: URLs end up in logs.',
  look: (recorded) => {
    const tokens = tokensOf(recorded);
    const by = new Map<string, Exchange[]>();
    for (const exchange of recorded.exchanges)
      for (const { where, print, named } of exchange.inUrl)
        if (named || tokens.has(print)) by.set(where, [...(by.get(where) ?? []), exchange]);
    return [...by].map(([where, exchanges]): Finding => {
      const place = where === 'path' || where === 'query' ? `the ${where}` : `the parameter ${where}`;
      return {
        message: `A secret was sent in a URL (${place}), ${times(exchanges.length)}. Send tokens in Authorization: Bearer and other secrets in the body; what stood in a URL should be revoked.`,
        exchanges: [...new Set(exchanges)],
      };
    });
  },
});
