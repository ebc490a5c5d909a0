import type { Kind } from './kind.ts';

const wordValues: Readonly<Record<string, number>> = { '0': 0, '1': 1, no: 0, yes: 1, false: 0, true: 1 };

/** Yes or no, stored as 0 or 1 and on the wire as "0" or "1". */
export const flagKind: Kind = Object.freeze<Kind>({
  name: 'flag',
  column: 'integer',
  expects: '0 or 1',
  read: (sent) => {
    if (sent === '') return null;
    return Object.hasOwn(wordValues, sent) ? wordValues[sent] : undefined;
  },
  holds: (stored) => stored === null || stored === 0 || stored === 1,
  wire: String,
});

/** Yes or no, on the wire as "yes" or "no" (the documentation's own samples differ from flags here). */
export const yesnoKind: Kind = Object.freeze<Kind>({
  ...flagKind,
  name: 'yesno',
  expects: 'yes or no',
  wire: (stored) => (stored === 1 ? 'yes' : 'no'),
});
