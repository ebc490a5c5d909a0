import { type Finding, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { between, follows, isApiExchange, isWrite } from '../recording/order.ts';

/** So many answers in a row without a change. */
const fastPollsMin = 5;
const second = 1_000;

export default lint({
  level: 'note',
  row: 'window.exhausted',
  finds: `The same list asked for faster than once a second, ${fastPollsMin} times in a row without a change.`,
  instead: 'Ask less often, or for what changed (date_modified_after), or subscribe to a webhook.',
  look: ({ exchanges }) => {
    const open = new Map<string, Exchange[]>();
    const series: Exchange[][] = [];
    for (const exchange of exchanges) {
      // After a write of its own, looking again makes sense.
      if (isApiExchange(exchange) && isWrite(exchange) && exchange.status === 'ok') open.clear();
      if (exchange.method !== 'GET' || exchange.answer.count === undefined || exchange.status !== 'ok')
        continue;
      const key = `${exchange.request} ${exchange.token}`;
      const known = open.get(key);
      const last = known?.at(-1);
      if (known && last && isPoll(last, exchange)) {
        known.push(exchange);
        if (known.length === fastPollsMin) series.push(known);
      } else if (!last || follows(last, exchange)) open.set(key, [exchange]);
    }
    return series.map((exchanges): Finding => {
      const { path } = exchanges[0] as Exchange;
      return {
        message: `GET ${path} was asked for ${exchanges.length} times in a row, faster than once a second, and nothing had changed. Ask less often, filter by date_modified_after, or subscribe to a webhook.`,
        exchanges,
      };
    });
  },
});

const isPoll = (last: Exchange, next: Exchange): boolean =>
  follows(last, next) && between(last, next) < second && last.answer.content === next.answer.content;
