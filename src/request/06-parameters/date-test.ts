import type { Condition, Expression, Test } from '../../store/query.ts';

/**
 * How a date compares with a time in seconds. A date that is unset counts as 0. "Before 0" is nothing that a date can be: it asks for those that
 * are unset, as clients write it (docs/guides/dates.md).
 */
export function dateTest(on: Expression, test: Test, value: number): Condition {
  if (value === 0 && (test === '<' || test === '<=')) return { empty: on };
  const zero = test === '<' || test === '<=' || (test === '>=' && value === 0);
  return zero ? { test, on, value, zero } : { test, on, value };
}
