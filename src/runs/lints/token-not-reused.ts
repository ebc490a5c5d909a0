import { type Finding, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { isTokenRequest } from '../recording/order.ts';

/** So many tokens fetched while the one before was good are no accident. */
const needlessTokensMin = 3;

interface Fetched {
  readonly needless: Exchange[];
  last: Exchange;
}

export default lint({
  level: 'warning',
  row: 'token.expired',
  finds: `A new token for every call or two, while the one before was still good (${needlessTokensMin} times or more).`,
  instead: 'Keep a token until expires_in is over or it is refused, and share it between calls.',
  look: ({ exchanges }) => {
    const by = new Map<string, Fetched>();
    const refused = new Set<string>();
    let calls = 0;
    for (const exchange of exchanges) {
      if (exchange.token !== undefined) {
        calls++;
        if (exchange.status === 'invalid_client') refused.add(exchange.token);
      }
      const { given } = exchange.answer;
      const { grant_type: grant = '', scope = '' } = exchange.parameters;
      // A code or a refresh token may be another person's each time.
      if (!isTokenRequest(exchange) || !given || grant !== 'client_credentials') continue;
      const key = `${exchange.client} ${scope}`;
      const before = by.get(key);
      if (before && isGood(before.last, exchange, refused)) before.needless.push(exchange);
      if (before) before.last = exchange;
      else by.set(key, { needless: [], last: exchange });
    }
    return [...by.values()].flatMap(({ needless }): Finding[] =>
      needless.length < needlessTokensMin || needless.length * 2 < calls
        ? []
        : [
            {
              message: `${needless.length} tokens were fetched while the one before was still good, for ${calls} calls. Keep a token until its expires_in is over, and share it between calls.`,
              exchanges: needless,
            },
          ],
    );
  },
});

function isGood(last: Exchange, next: Exchange, refused: ReadonlySet<string>): boolean {
  const { given } = last.answer;
  if (!given || refused.has(given.access)) return false;
  // Renewing a little before the end is right.
  return next.at - last.at < ((given.lifetime ?? 3_600) * 1_000) / 2;
}
