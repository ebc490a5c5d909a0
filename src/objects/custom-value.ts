import type { Catalogue } from '../catalogue/catalogue.ts';
import { integerKind } from '../catalogue/kinds/integer.ts';
import { type Kind, type Stored, wholeNumber } from '../catalogue/kinds/kind.ts';
import { momentKind } from '../catalogue/kinds/moment.ts';
import { moneyKind } from '../catalogue/kinds/money.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { ParameterValue } from '../catalogue/sent.ts';
import { linesOf, referenceTypes } from '../catalogue/traits/lookups.ts';
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
const charactersMax = 65_535;
const urlCharactersMax = 2_000;
const decimal = moneyKind(6);
const currency = moneyKind(2);

/** Whether the value of a field of this type is another object. */
const isReference = (type: string): boolean => type === 'lookup' || referenceTypes[type] !== undefined;

/** The parameter that takes the value of a field of this type. */
export function parameterOf(type: string): string {
  if (type === 'integer' || type === 'int') return 'value_int';
  if (type === 'date' || type === 'date_time' || type === 'certify') return 'value_date';
  return isReference(type) ? 'value_id' : 'value';
}

type Invalid = (expects: string) => never;

/**
 * Reads what a caller sent for a field; `value` does for every type but those whose value is an object. `undefined`: nothing was sent.
 * Refuses `parameter.invalid`, and says what the field takes.
 */
export async function readCustom(
  field: CustomField,
  sent: SentValue,
  context: { catalogue: Catalogue; store: Writing; deployment: number },
): Promise<CustomValue | undefined> {
  const { type, options } = field;
  const own = sent.name ?? parameterOf(type);
  const fallsBack = sent.name === undefined && own !== 'value_id' && sent.get(own) === undefined;
  const parameter = fallsBack ? 'value' : own;
  const value = sent.get(parameter);
  if (value === undefined) return undefined;
  if (value === null || value === '') return none;
  const invalid: Invalid = (expects) =>
    refuse('parameter.invalid', { field: parameter, detail: `${expects} is wanted` });
  if (isReference(type)) {
    const id = wholeNumber(scalarOf(value) ?? '') ?? invalid('an id');
    const target = targetOf(field, sent, context.catalogue);
    if (!(await context.store.holds(context.deployment, target.name, { id })))
      refuse('parameter.invalid', { field: parameter, detail: `${target.title} ${id} does not exist` });
    return { stored: null, value_type: target.singular, value_id: id };
  }
  if (type === 'multi_select') return { ...none, stored: several(value, linesOf(options), invalid) };
  return { ...none, stored: storedText(field, scalarOf(value) ?? invalid('a text'), invalid) };
}

/** The kind of object that the value of a field is. */
function targetOf({ type, lookup }: CustomField, sent: SentValue, catalogue: Catalogue): Resource {
  const singular = referenceTypes[type] ?? String(sent.get('value_type') ?? lookup ?? '');
  if (type === 'lookup' && lookup != null && singular !== lookup)
    refuse('parameter.invalid', { field: 'value_type', detail: `${lookup} is wanted` });
  return (
    catalogue.bySingular.get(singular) ??
    refuse('parameter.invalid', { field: 'value_type', detail: 'a kind of object is wanted' })
  );
}

/** What is kept of a text that was sent for a field. */
function storedText({ type, options }: CustomField, text: string, invalid: Invalid): Stored {
  if (type === 'select' || type === 'fixed_select') {
    const known = linesOf(options);
    return known.includes(text) ? text : invalid(`one of ${known.join(', ')}`);
  }
  if (type === 'hyperlink') return isLink(text) ? text : invalid('an http or https address');
  const kind = kinds[type];
  if (!kind) {
    if (text.length > charactersMax || text.includes('\0'))
      invalid(`text of at most ${charactersMax} characters, without NUL,`);
    return text;
  }
  const read = kind.read(text.trim());
  if (read === undefined) invalid(kind.expects);
  if (read === null) return null;
  return kind === decimal ? text.trim() : kind.wire(read);
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
function several(value: ParameterValue, options: readonly string[], invalid: Invalid): Stored {
  const chosen = chosenIn(value, options);
  if (chosen.some((each) => !options.includes(each))) invalid(`some of ${options.join(', ')}`);
  return options.filter((each) => chosen.includes(each)).join('\n');
}

function chosenIn(value: ParameterValue, options: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  const single = scalarOf(value);
  if (single === undefined || options.includes(single)) return [single ?? ''];
  return single.split(',').map((each) => each.trim());
}

const scalarOf = (sent: ParameterValue): string | undefined =>
  sent === null || typeof sent === 'object' ? undefined : String(sent);

function isLink(text: string): boolean {
  if (text.length > urlCharactersMax || !URL.canParse(text)) return false;
  return ['http:', 'https:'].includes(new URL(text).protocol);
}
