import type { ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import type { Ignored } from '../06-parameters/ignored.ts';
import { parameterText } from '../06-parameters/single.ts';
import type { Permitted } from '../07-permission/permit.ts';
import type { World } from '../world.ts';

export interface OwnFilters {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly ignored: Ignored;
}

/**
 * The filters of a list that has filters of its own and no search, by name: sent as `_filters`, or as parameters. Those that are not in `known`
 * are ignored, or refused under `--unknown-filters refuse`. `what` names the objects of the list in messages. Refuses `parameter.invalid`.
 */
export function ownFilters(
  { parameters }: Permitted,
  { settings }: World,
  what: string,
  known: readonly string[],
): OwnFilters {
  const given = new Map<string, readonly string[]>();
  const ignored = new Set<string>();
  for (const name of known) {
    const sent = parameterText(parameters, name);
    if (sent) given.set(name, [sent]);
  }
  for (const { name, list } of itemsOf(parameters.get('_filters'))) {
    const field = `_filters ${name.slice(0, 60)}`;
    if (!list?.length) refuse('parameter.invalid', { field, detail: 'at least one value is wanted' });
    if (known.includes(name))
      given.set(
        name,
        list.map((item) => item.name),
      );
    else if (settings.unknownFilters === 'refuse')
      refuse('parameter.invalid', { field, detail: `${what} have ${known.join(', ')}` });
    else ignored.add(name);
  }
  if (parameterText(parameters, '_search')?.trim()) {
    if (settings.unknownFilters === 'refuse')
      refuse('parameter.invalid', { field: '_search', detail: `${what} have no search` });
    ignored.add('_search');
  }
  return { given, ignored: [...ignored] };
}

function itemsOf(sent: ParameterValue | undefined): readonly Item[] {
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
    list: (Array.isArray(value) ? value : [value]).map((each: ParameterValue) => ({
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
