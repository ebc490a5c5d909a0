import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { isTokenRequest } from '../recording/order.ts';
import { times } from '../times.ts';

export default lint({
  level: 'error',
  row: 'invalid_grant',
  finds: 'An authorization code sent again after it was exchanged or refused: its tokens are revoked then.',
  instead: 'Exchange each code once; a double submit or a reloaded page must not send it again.',
  look: ({ exchanges }) => {
    const sent = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const { code } = exchange.parameters;
      if (!isTokenRequest(exchange) || code === undefined) continue;
      const before = sent.get(code);
      // Sent at the same time it is as wrong as one after the other.
      if (before) found.push({ key: code, exchanges: [before, exchange] });
      else if (exchange.status === 'ok' || exchange.status === 'invalid_grant') sent.set(code, exchange);
    }
    return gathered(
      found,
      ([, ...others]) =>
        `An authorization code was sent ${times(others.length)} more after it was used. Exchange each code once: sending it again revokes the tokens that it gave.`,
    );
  },
});
