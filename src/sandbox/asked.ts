import { ControlError } from '../contract/control-error.ts';
import type { ControlAsked } from './control-route.ts';

type Values = Pick<ControlAsked, 'values'>;

/** A value of a control request as text; `undefined` when it was not sent. Throws `ControlError` for lists and objects. */
export function textIn({ values }: Values, name: string): string | undefined {
  const value = values.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object') throw new ControlError(`${name} wants one value`);
  return String(value);
}

/** A whole number within bounds; JSON's true and false are 1 and 0. */
export function numberIn(asked: Values, name: string, min: number, max: number): number | undefined {
  const sent = asked.values.get(name);
  const text = typeof sent === 'boolean' ? String(Number(sent)) : textIn(asked, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < min || number > max)
    throw new ControlError(`${name} wants a whole number from ${min} to ${max}`);
  return number;
}
