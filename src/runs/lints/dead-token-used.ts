import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows, waitOf } from '../recording/order.ts';
import { countText } from '../times.ts';

/** Refused for its token, not for where it came from. */
const isDead = ({ status, cause, ...rest }: Exchange): boolean =>
  status === 'invalid_client' &&
  (cause === undefined ? waitOf({ status, ...rest }) === undefined : cause.startsWith('token.'));

export default lint({
  level: 'error',
  row: 'token.expired',
  finds: 'Another call with a token that was refused with invalid_client: it has expired or was revoked.',
  instead:
    'Renew the token once, for all calls; without a way to renew it, send the user through the authorization.',
  look: ({ exchanges }) => {
    const dead = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const { token } = exchange;
      if (token === undefined) continue;
      const before = dead.get(token);
      if (before && follows(before, exchange)) found.push({ key: token, exchanges: [before, exchange] });
      if (isDead(exchange)) dead.set(token, before ?? exchange);
      else if (exchange.status !== 'invalid_client') dead.delete(token);
    }
    return gathered(
      found,
      ([, ...others]) =>
        `After invalid_client, the refused token was used for ${countText(others.length, 'more call')}. Renew it at the first refusal, once for all calls.`,
    );
  },
});
