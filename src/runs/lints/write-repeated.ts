import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { between, follows, isApiExchange } from '../recording/order.ts';
import { times } from '../times.ts';

const memory = 3_600_000;

export default lint({
  level: 'error',
  row: 'server_error',
  finds: 'A POST sent again after server_error without an Idempotency-Key: the first may have been done.',
  instead:
    'Send an Idempotency-Key with each create, the same again when it is repeated; or look before repeating.',
  look: ({ exchanges }) => {
    const failed = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      if (!isApiExchange(exchange) || exchange.method !== 'POST' || 'idempotency-key' in exchange.headers)
        continue;
      const before = failed.get(exchange.request);
      if (before && follows(before, exchange) && between(before, exchange) < memory)
        found.push({ key: exchange.request, exchanges: [before, exchange] });
      if (exchange.status === 'server_error') failed.set(exchange.request, before ?? exchange);
      else failed.delete(exchange.request);
    }
    return gathered(found, ([first, ...others]) => {
      const { method, path } = first as Exchange;
      return `${method} ${path} was repeated ${times(others.length)} after server_error without an Idempotency-Key, so that it may be done twice. Send a key with it, the same at each repetition.`;
    });
  },
});
