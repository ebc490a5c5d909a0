import { gathered, lint } from '../lint.ts';
import { times } from '../times.ts';

const header = 'x-status-ignored';

export default lint({
  level: 'warning',
  row: 'ok',
  finds:
    'A filter, an order or a search that the list does not have: it is left out, and the list is a longer one.',
  instead: 'Use the filters that the list has, or choose from its objects in the client.',
  unlooked: ({ exchanges }) => {
    const lists = exchanges.filter(({ parameters }) => parameters._filters ?? parameters._search);
    return lists.length > 0 && lists.every(({ answer }) => answer.headers['x-status'] === undefined)
      ? 'the server does not tell which filters it leaves out'
      : undefined;
  },
  look: ({ exchanges }) =>
    gathered(
      exchanges.flatMap((exchange) => {
        const ignored = exchange.answer.headers[header];
        const what = exchange.route ?? `${exchange.method} ${exchange.path}`;
        return ignored === undefined ? [] : [{ key: `${what} ${ignored}`, exchanges: [exchange] }];
      }),
      ([first, ...others]) =>
        `${first?.method} ${first?.path} asked for what this list does not have, ${times(others.length + 1)}: ${first?.answer.headers[header]}. It was left out: whoever takes the answer for what was asked for has objects too many, or another order.`,
    ),
});
