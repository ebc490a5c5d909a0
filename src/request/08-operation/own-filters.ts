import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import type { Sent } from '../01-transport/received.ts';
import { textOf } from '../06-parameters/single.ts';
import type { Permitted } from '../07-permission/permit.ts';

/**
 * The filters of a list that has its own, by name: sent as `_filters`, or as parameters of their own. Refuses `parameter.invalid` for one that
 * is not among `known`; `what` is what the list is of, in messages.
 */
export function ownFilters(
  { parameters }: Permitted,
  what: string,
  known: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const name of known) {
    const sent = textOf(parameters, name);
    if (sent) given.set(name, [sent]);
  }
  for (const { name, list } of itemsOf(parameters.get('_filters'))) {
    if (!known.includes(name) || !list)
      refuse('parameter.invalid', {
        field: `_filters ${name.slice(0, 60)}`,
        detail: `${what} have ${known.join(', ')}`,
      });
    if (list.length === 0)
      refuse('parameter.invalid', { field: `_filters ${name}`, detail: 'at least one value is wanted' });
    given.set(
      name,
      list.map((item) => item.name),
    );
  }
  return given;
}

function itemsOf(sent: Sent | undefined): readonly Item[] {
  if (typeof sent === 'string') {
    const parsed = parseExpression(sent);
    if ('problem' in parsed) refuse('parameter.invalid', { field: '_filters', detail: parsed.problem });
    return parsed.items;
  }
  if (sent === undefined || sent === null) return [];
  if (typeof sent !== 'object' || Array.isArray(sent)) {
    if (Array.isArray(sent) && sent.length === 0) return [];
    refuse('parameter.invalid', { field: '_filters', detail: 'a text or an object is wanted' });
  }
  return Object.entries(sent).map(([name, value]) => ({
    name,
    list: (Array.isArray(value) ? value : [value]).map((each: Sent) => ({
      name: String(each),
      list: undefined,
    })),
  }));
}

/** The values of a filter as whole numbers. Refuses `parameter.invalid`. */
export function numbers(field: string, sent: readonly string[]): number[] {
  return sent.map((text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      refuse('parameter.invalid', { field, detail: 'a whole number is wanted' });
    return value;
  });
}

/** The value of a filter that is either on or off; `undefined` when it was not sent. Refuses `parameter.invalid`. */
export function truth(field: string, sent: readonly string[] | undefined): boolean | undefined {
  const [value] = sent ?? [];
  if (value === undefined) return undefined;
  if (['1', 'true', 'yes'].includes(value)) return true;
  if (['0', 'false', 'no', ''].includes(value)) return false;
  return refuse('parameter.invalid', { field, detail: '1 or 0 is wanted' });
}
