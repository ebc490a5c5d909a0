import type { Catalogue } from '../catalogue/catalogue.ts';
import { integerKind } from '../catalogue/kinds/integer.ts';
import { type Kind, type Stored, wholeNumber } from '../catalogue/kinds/kind.ts';
import { momentKind } from '../catalogue/kinds/moment.ts';
import { moneyKind } from '../catalogue/kinds/money.ts';
import type { ParameterValue } from '../catalogue/sent.ts';
import { linesOf } from '../catalogue/traits/lookups.ts';
import { refuse } from '../contract/refuse.ts';
import type { Writing } from '../store/store.ts';

/** A field that a deployment added, as far as a value of it has to obey. */
export interface CustomField {
  readonly type: string;
  readonly options: Stored;
  readonly lookup: Stored;
}

/** What was sent for a value: any of `value`, `value_int`, `value_date`, `value_id`, `value_type`, or one text under the `name` it is to be called. */
export interface SentValue {
  readonly name?: string;
  get(parameter: string): ParameterValue | undefined;
}

export interface CustomValue {
  readonly stored: Stored;
  readonly value_type: Stored;
  readonly value_id: Stored;
}

const none: CustomValue = Object.freeze({ stored: null, value_type: null, value_id: null });
const longest = 65_535;
const decimal = moneyKind(6);
const currency = moneyKind(2);

/** The parameter that takes the value of a field of this type. */
export function parameterOf(type: string): string {
  if (type === 'integer' || type === 'int') return 'value_int';
  if (type === 'date' || type === 'date_time' || type === 'certify') return 'value_date';
  return type === 'lookup' || type === 'contributor' ? 'value_id' : 'value';
}

/**
 * Reads what a caller sent for a field; `value` does for every type but those that lead to an object. `undefined`: nothing was sent.
 * Refuses `parameter.invalid`, and says what the field takes.
 */
export async function readCustom(
  { type, options, lookup }: CustomField,
  sent: SentValue,
  { catalogue, store, deployment }: { catalogue: Catalogue; store: Writing; deployment: number },
): Promise<CustomValue | undefined> {
  const own = sent.name === undefined ? parameterOf(type) : sent.name;
  const parameter =
    sent.get(own) === undefined && own !== 'value_id' && sent.name === undefined ? 'value' : own;
  const value = sent.get(parameter);
  if (value === undefined) return undefined;
  if (value === null || value === '') return none;
  const invalid = (expects: string): never =>
    refuse('parameter.invalid', { field: parameter, detail: `${expects} is wanted` });
  if (type === 'lookup' || type === 'contributor') {
    const id = wholeNumber(String(scalarOf(value) ?? '')) ?? invalid('an id');
    const chosen = type === 'contributor' ? 'contributor' : String(sent.get('value_type') ?? lookup ?? '');
    if (type === 'lookup' && lookup != null && chosen !== lookup)
      refuse('parameter.invalid', { field: 'value_type', detail: `${lookup} is wanted` });
    const target = catalogue.bySingular.get(chosen);
    if (!target) refuse('parameter.invalid', { field: 'value_type', detail: 'a kind of object is wanted' });
    if (!(await store.holds(deployment, target.name, { id })))
      refuse('parameter.invalid', { field: parameter, detail: `${target.title} ${id} does not exist` });
    return { stored: null, value_type: chosen, value_id: id };
  }
  if (type === 'multi_select') return { ...none, stored: several(value, linesOf(options), invalid) };
  const text = scalarOf(value) ?? invalid('a text');
  if (type === 'select' || type === 'fixed_select') {
    const known = linesOf(options);
    return { ...none, stored: known.includes(text) ? text : invalid(`one of ${known.join(', ')}`) };
  }
  if (type === 'hyperlink')
    return { ...none, stored: isLink(text) ? text : invalid('an http or https address') };
  const kind = kinds[type];
  if (kind) {
    const read = kind.read(text.trim());
    if (read === undefined) invalid(kind.expects);
    return {
      ...none,
      stored:
        read == null ? null : type === 'decimal' || type === 'float' ? text.trim() : kind.wire(read ?? 0),
    };
  }
  if (text.length > longest || text.includes('\0'))
    invalid(`text of at most ${longest} characters, without NUL,`);
  return { ...none, stored: text };
}

const kinds: Readonly<Record<string, Kind>> = {
  integer: integerKind,
  int: integerKind,
  decimal,
  float: decimal,
  currency,
  date: momentKind,
  date_time: momentKind,
  certify: momentKind,
};

/** A list, or a text with commas between; each once, in the order of the options. */
function several(
  value: ParameterValue,
  options: readonly string[],
  invalid: (expects: string) => never,
): Stored {
  const single = scalarOf(value);
  const asked = Array.isArray(value)
    ? value.map(String)
    : single === undefined || options.includes(single)
      ? [single ?? '']
      : single.split(',').map((each) => each.trim());
  if (asked.some((each) => !options.includes(each))) invalid(`some of ${options.join(', ')}`);
  return options.filter((each) => asked.includes(each)).join('\n');
}

const scalarOf = (sent: ParameterValue): string | undefined =>
  sent === null || typeof sent === 'object' ? undefined : String(sent);

function isLink(text: string): boolean {
  if (text.length > 2_000 || !URL.canParse(text)) return false;
  return ['http:', 'https:'].includes(new URL(text).protocol);
}
