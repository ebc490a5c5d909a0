import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows, isTokenRequest, tooEarly, waitOf } from '../recording/order.ts';
import { times } from '../times.ts';

export default lint({
  level: 'error',
  row: 'window.exhausted',
  finds: 'The same request again before the end of Retry-After.',
  instead: 'Wait as many seconds as Retry-After says before the request is sent again.',
  look: ({ exchanges }) => {
    const refused = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const before = refused.get(exchange.request);
      const wait = before && waitOf(before);
      if (before && wait !== undefined && follows(before, exchange) && tooEarly(before, exchange, wait))
        found.push({ key: exchange.request, exchanges: [before, exchange] });
      // Lockouts are another rule's.
      if (waitOf(exchange) !== undefined && !isTokenRequest(exchange) && isApiLike(exchange))
        refused.set(exchange.request, exchange);
      else refused.delete(exchange.request);
    }
    return gathered(found, ([first, ...others]) => {
      const { method, path } = first as Exchange;
      return `${method} ${path} was sent again ${times(others.length)} before its Retry-After of ${waitOf(first as Exchange)} s was over. Wait that long, then send it once.`;
    });
  },
});

const isApiLike = ({ path }: Exchange): boolean => !path.startsWith('/oauth2/');
