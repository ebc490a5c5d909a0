import { gathered, lint } from '../lint.ts';
import { times } from '../times.ts';

const pageSizeMax = 100;

export default lint({
  level: 'warning',
  row: 'ok',
  finds: `A _limit over ${pageSizeMax}: no page has more objects than that, whatever is asked for.`,
  instead: `Ask for ${pageSizeMax} at most, and for the next page until one is not full.`,
  look: ({ exchanges }) =>
    gathered(
      exchanges
        .filter(({ parameters }) => Number(parameters._limit) > pageSizeMax)
        .map((exchange) => ({ key: `${exchange.method} ${exchange.path}`, exchanges: [exchange] })),
      ([first, ...others]) =>
        `${first?.method} ${first?.path} asked for a _limit of ${first?.parameters._limit}, ${times(others.length + 1)}. A page has ${pageSizeMax} objects at most: whoever takes it for the whole list loses the rest. Ask for ${pageSizeMax} and go on to the next page.`,
    ),
});
