import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { between, follows, isApiExchange, isWrite } from '../recording/order.ts';
import { times } from '../times.ts';

const final: ReadonlySet<string> = new Set([
  'invalid_request',
  'duplicate',
  'invalid_permission',
  'invalid_scope',
  'unsupported_grant_type',
  'unauthorized_client',
]);

/** Milliseconds after which the world may well have changed. */
const memory = 3_600_000;

export default lint({
  level: 'warning',
  row: 'invalid_request',
  finds:
    'The same request unchanged after a status that repeating does not help: invalid_request, duplicate, invalid_permission, invalid_scope, unsupported_grant_type, unauthorized_client.',
  instead: 'Correct what the message names, or give up: the same request is refused for the same reason.',
  look: ({ exchanges }) => {
    const refused = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const key = `${exchange.request} ${exchange.token ?? exchange.client ?? ''}`;
      const before = refused.get(key);
      if (before && follows(before, exchange) && between(before, exchange) < memory)
        found.push({ key, exchanges: [before, exchange] });
      if (final.has(exchange.status)) refused.set(key, before ?? exchange);
      else refused.delete(key);
      // What was missing or taken may be there or free now.
      if (exchange.status === 'ok' && isApiExchange(exchange) && isWrite(exchange)) refused.clear();
    }
    return gathered(found, ([first, ...others]) => {
      const { method, path, status, cause } = first as Exchange;
      return `${method} ${path} was sent unchanged ${times(others.length)} more after ${status}${cause === undefined ? '' : ` (${cause})`}. Correct what the message names; repeating it does not help.`;
    });
  },
});
