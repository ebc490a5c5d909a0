import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows, isApiExchange, tooEarly, waitOf } from '../recording/order.ts';
import { countText } from '../times.ts';

/** Seconds from the answer to the next window. */
function untilReset(exchange: Exchange): number {
  const reset = Number(exchange.answer.headers['x-ratelimit-reset']);
  return Number.isFinite(reset) && reset > 0
    ? Math.max(0, reset - exchange.at / 1_000)
    : (waitOf(exchange) ?? 0);
}

export default lint({
  level: 'error',
  row: 'window.exhausted',
  finds: 'Other calls after too_many_requests, before the hour of the deployment ends.',
  instead:
    'Hold back every call to that deployment until X-RateLimit-Reset, not only the one that was refused.',
  look: ({ exchanges }) => {
    const found = [];
    let refused: Exchange | undefined;
    for (const exchange of exchanges) {
      if (!isApiExchange(exchange)) continue;
      if (
        refused &&
        refused.request !== exchange.request &&
        follows(refused, exchange) &&
        tooEarly(refused, exchange, untilReset(refused))
      )
        found.push({ key: refused.id, exchanges: [refused, exchange] });
      if (exchange.status !== 'too_many_requests') continue;
      // The first of an hour is the one to heed; that of the next hour takes its place.
      if (!refused || !tooEarly(refused, exchange, untilReset(refused))) refused = exchange;
    }
    return gathered(
      found,
      ([, ...others]) =>
        `After too_many_requests came ${countText(others.length, 'other call')} before the end of the hour. The quota is the deployment's: hold back all calls until X-RateLimit-Reset.`,
    );
  },
});
