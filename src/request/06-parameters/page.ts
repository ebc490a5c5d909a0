import { wholeNumber } from '../../catalogue/kinds/kind.ts';
import type { Parameters } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { parameterText } from './single.ts';

export interface ListPage {
  readonly limit: number;
  readonly offset: number;
}

const pageSizeDefault = 10;
const pageSizeMax = 100;

/** `_page` (from 0), `_limit` (1 to 100, default 10; more counts as 100), `_offset` (ignored when `_page` is given). Refuses `parameter.invalid`. */
export function parsePage(parameters: Parameters): ListPage {
  const limit = Math.min(number(parameters, '_limit', 1) ?? pageSizeDefault, pageSizeMax);
  const page = number(parameters, '_page', 0);
  const offset = page === undefined ? (number(parameters, '_offset', 0) ?? 0) : page * limit;
  // An offset far past the end gives an empty list. One that is not a safe integer is refused.
  if (!Number.isSafeInteger(offset))
    refuse('parameter.invalid', {
      field: page === undefined ? '_offset' : '_page',
      detail: 'it is past what can be counted',
    });
  return { limit, offset };
}

function number(parameters: Parameters, name: string, least: number): number | undefined {
  const sent = parameterText(parameters, name)?.trim();
  if (sent === undefined || sent === '') return undefined;
  const value = wholeNumber(sent) ?? (isDigits(sent) ? Number.POSITIVE_INFINITY : undefined);
  if (value === undefined || value < least) {
    refuse('parameter.invalid', { field: name, detail: `a whole number from ${least} is wanted` });
  }
  return value;
}

function isDigits(text: string): boolean {
  for (const sign of text) if (sign < '0' || sign > '9') return false;
  return true;
}
