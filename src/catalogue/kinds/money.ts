import { type Kind, wholeNumber } from './kind.ts';

/** Exact decimals, kept as whole minor units (`scale` digits after the point), never as a float. */
export function moneyKind(scale: number): Kind {
  const unit = 10 ** scale;
  return Object.freeze<Kind>({
    name: 'money',
    column: 'integer',
    expects: `a decimal with at most ${scale} digits after the point`,
    read: (sent) => {
      if (sent === '') return null;
      const negative = sent[0] === '-';
      const [whole = '', fraction = '', more] = (negative ? sent.slice(1) : sent).split('.');
      if (more !== undefined || fraction.length > scale || whole.length > 13) return undefined;
      const value = wholeNumber((whole === '' ? '0' : whole) + fraction.padEnd(scale, '0'));
      if (value === undefined || (whole === '' && fraction === '')) return undefined;
      return negative && value > 0 ? -value : value;
    },
    holds: (stored) => stored === null || (typeof stored === 'number' && Number.isSafeInteger(stored)),
    wire: (stored) => {
      const size = Math.abs(Number(stored));
      const rest = String(size % unit).padStart(scale, '0');
      return `${Number(stored) < 0 ? '-' : ''}${Math.floor(size / unit)}.${rest}`;
    },
  });
}
