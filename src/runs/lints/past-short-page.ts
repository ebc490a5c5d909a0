import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows } from '../recording/order.ts';
import { countText } from '../times.ts';

const pageSizeDefault = 10;
const pageSizeMax = 100;

/** The list that a page is of: everything but its number. */
function listOf({ path, query, token }: Exchange): string {
  const { _page: _, ...others } = query;
  return JSON.stringify([path, Object.entries(others).sort(), token]);
}

const pageOf = ({ parameters }: Exchange): number => Number(parameters._page ?? 0);
const limitOf = ({ parameters }: Exchange): number =>
  Math.min(pageSizeMax, Number(parameters._limit ?? pageSizeDefault));

export default lint({
  level: 'warning',
  row: 'window.exhausted',
  finds: 'A page fetched past one that was shorter than its _limit.',
  instead: 'Stop at the first page with fewer objects than _limit: there are no more.',
  look: ({ exchanges }) => {
    const ends = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      const { count } = exchange.answer;
      if (exchange.method !== 'GET' || count === undefined || exchange.status !== 'ok') continue;
      const key = listOf(exchange);
      const end = ends.get(key);
      if (end && pageOf(exchange) > pageOf(end) && follows(end, exchange))
        found.push({ key, exchanges: [end, exchange] });
      else if (count < limitOf(exchange)) ends.set(key, exchange);
      else ends.delete(key);
    }
    return gathered(found, ([first, ...others]) => {
      const end = first as Exchange;
      return `${end.method} ${end.path} had ${end.answer.count} of ${limitOf(end)} objects on page ${pageOf(end)}, and the client fetched ${countText(others.length, 'more page')}. Stop at the first page that is not full.`;
    });
  },
});
