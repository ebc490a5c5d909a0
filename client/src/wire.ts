/** What a field that is no text is on the wire: a number as digits, a unix time in seconds, `0`/`1`, `no`/`yes`. */
export type Kind = 'number' | 'moment' | 'flag' | 'yesno';

/** The fields of a resource that are no text, and those that lead to objects of others. */
export interface Kinds {
  readonly [field: string]: Kind | (() => Kinds);
}

type Tree = Readonly<Record<string, unknown>>;

export const breadcrumbKinds: Kinds = { id: 'number' };

const words = { flag: ['0', '1'], yesno: ['no', 'yes'] } as const;

/**
 * What the wire says, as values: each only where it says the same when it is written back, else the text as it came. Decimals stay text, and
 * `null` stays `null`.
 */
export function fromWire(kinds: Kinds, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => fromWire(kinds, each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Tree).map(([name, each]) => [name, valueIn(kindOf(kinds, name), each)]),
  );
}

function kindOf(kinds: Kinds, name: string): Kinds[string] | undefined {
  if (Object.hasOwn(kinds, name)) return kinds[name];
  return name === 'breadcrumbs' ? () => breadcrumbKinds : undefined;
}

function valueIn(kind: Kinds[string] | undefined, said: unknown): unknown {
  // A link without parentheses is an id.
  if (typeof kind === 'function') return typeof said === 'object' ? fromWire(kind(), said) : numberIn(said);
  // Servers differ in whether a number is quoted.
  const text = typeof said === 'number' ? String(said) : said;
  if (kind === undefined || typeof text !== 'string') return said;
  if (kind === 'number') return numberIn(said);
  if (kind === 'moment') return momentIn(text) ?? said;
  const at = (words[kind] as readonly string[]).indexOf(text);
  return at < 0 ? said : at === 1;
}

function numberIn(said: unknown): unknown {
  const value = Number(said);
  return Number.isSafeInteger(value) && String(value) === said ? value : said;
}

function momentIn(said: string): Date | undefined {
  const value = new Date(Number(said) * 1_000);
  return /^-?\d+$/.test(said) && textOf(value) === said ? value : undefined;
}

/** Whole seconds; `NaN` for a date that is none. */
const textOf = (date: Date): string => String(Math.floor(date.getTime() / 1_000));

/** Values as the wire wants them. Throws `TypeError` for what would not arrive as it is: no date, no number, a number with an exponent. */
export function toWire(kinds: Kinds, values: Tree): Tree {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, written(value, name, kindOf(kinds, name))]),
  );
}

function written(value: unknown, name: string, kind: Kinds[string] | undefined): unknown {
  if (Array.isArray(value)) return value.map((each) => written(each, name, kind));
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return value;
  return value === null ? null : wordOf(value, name, kind === 'yesno' ? 'yesno' : 'flag');
}

/** One value as text. */
export function wordOf(value: unknown, name: string, yes: 'flag' | 'yesno' = 'flag'): string {
  if (typeof value === 'boolean') return words[yes][value ? 1 : 0];
  const text = value instanceof Date ? textOf(value) : String(value);
  if (typeof value !== 'string' && !/^-?\d+(\.\d+)?$/.test(text))
    throw new TypeError(`${name} cannot be sent as ${text}: send a decimal as text, a moment as a Date`);
  return text;
}
