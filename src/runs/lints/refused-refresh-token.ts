import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows, isTokenRequest } from '../recording/order.ts';
import { times } from '../times.ts';

export default lint({
  level: 'error',
  row: 'invalid_grant',
  finds: 'A refresh token that was refused with invalid_grant, used again.',
  instead: 'Forget a refresh token that was refused, and send the user through the authorization.',
  look: ({ exchanges }) => {
    const refused = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const token = exchange.parameters.refresh_token;
      if (!isTokenRequest(exchange) || token === undefined) continue;
      const before = refused.get(token);
      if (before && follows(before, exchange)) found.push({ key: token, exchanges: [before, exchange] });
      if (exchange.status === 'invalid_grant') refused.set(token, before ?? exchange);
    }
    return gathered(
      found,
      ([, ...others]) =>
        `A refresh token that had been refused with invalid_grant was used ${times(others.length)} more. Forget it, and send the user through the authorization.`,
    );
  },
});
