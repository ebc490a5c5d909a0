import { gathered, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';
import { follows, tooEarly, waitOf } from '../recording/order.ts';
import { times } from '../times.ts';

const isLocked = (exchange: Exchange): boolean =>
  exchange.cause === 'client.locked' ||
  exchange.cause === 'user.locked' ||
  (['invalid_client', 'too_many_failed_logins'].includes(exchange.status) && waitOf(exchange) !== undefined);

/** Who tries: a client, or a person who signs in. */
const whoOf = ({ client, parameters }: Exchange): string => parameters.username ?? client ?? '';

export default lint({
  level: 'error',
  row: 'client.locked',
  finds: 'Another try to authenticate while locked out: each restarts the wait.',
  instead: 'Stop for as long as Retry-After says, then use the right credentials.',
  look: ({ exchanges }) => {
    const locked = new Map<string, Exchange>();
    const found = [];
    for (const exchange of exchanges) {
      if (!exchange.path.startsWith('/oauth2/') || exchange.method !== 'POST') continue;
      const who = whoOf(exchange);
      const before = locked.get(who);
      const wait = before && waitOf(before);
      if (before && wait !== undefined && follows(before, exchange) && tooEarly(before, exchange, wait))
        found.push({ key: who, exchanges: [before, exchange] });
      if (isLocked(exchange)) locked.set(who, exchange);
    }
    return gathered(found, ([first, ...others]) => {
      const { client } = first as Exchange;
      return `${client ?? 'A person'} tried to authenticate ${times(others.length)} more while locked out. Each try restarts the wait: stop for the ${waitOf(first as Exchange)} s of Retry-After, and have the credentials corrected.`;
    });
  },
});
