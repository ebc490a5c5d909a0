/** Variables of the process, or a selection of them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of flags as a command line gives them, by the flag's name without its dashes. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** How the value of a setting is written, and what it becomes. */
export interface SettingKind<T> {
  /** `switch`: a flag without a value; `list`: a flag that may be repeated, and a variable with commas. */
  readonly form: 'switch' | 'one' | 'list';
  /** Stands for the value in help, such as `number` in `--port <number>`. */
  readonly placeholder: string;
  /** What would be valid, as the end of a sentence: `a whole number from 0 to 65535`. */
  readonly expected: string;
  /** Is never repeated in a message. */
  readonly secret?: true;
  /** Reads the text of a flag or variable; `undefined` when it is not valid. May throw an Error that says more than `expected`. */
  read(text: string, environment: Environment): T | undefined;
  /** A value as help shows it. */
  print(value: T): string;
}

/** One setting: its flag is `--port`, its variable `ACCORD_PORT`. */
export interface Setting<T = unknown> {
  readonly flag: string;
  readonly kind: SettingKind<T>;
  /** What an unset setting is; absent: `undefined`. */
  readonly default?: T;
  /** What applies when it is not set, in words, where that depends on other settings. */
  readonly unset?: string;
  /** A second variable, read where neither the flag nor the first one is set. */
  readonly alsoVariable?: string;
  /** Sentences for `--help` and docs/reference/settings.md. */
  readonly help: string;
}

/** Settings by the name that the program has for them. */
export type SettingTable = Readonly<Record<string, Setting>>;

type ValueOf<S> = S extends { readonly kind: SettingKind<infer T> }
  ? S extends { readonly default: unknown }
    ? T
    : T | undefined
  : never;

/** What a table of settings is read to. */
export type SettingValues<Table extends SettingTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

/** A setting has a value that cannot be used. The message names the flag and its variable. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

export const variableOf = (flag: string): string => `ACCORD_${flag.toUpperCase().replaceAll('-', '_')}`;

/** A flag and its variable, as messages name them: `--port (ACCORD_PORT)`. */
export const nameOf = ({ flag }: Setting): string => `--${flag} (${variableOf(flag)})`;

/** The flag as a command declares it: `--port <number>`, `--sandbox`. */
export const usageOf = ({ flag, kind }: Setting): string =>
  kind.form === 'switch' ? `--${flag}` : `--${flag} <${kind.placeholder}>`;

/** What applies when the setting is not set; `''` for nothing. */
export function defaultOf({ kind, unset, default: value }: Setting): string {
  if (unset !== undefined) return unset;
  return value === undefined || kind.form !== 'one' ? '' : kind.print(value);
}

/** The setting in `--help`: what it does, its default and its variable. */
export function helpOf(setting: Setting): string {
  const value = defaultOf(setting);
  return [
    setting.help,
    ...(value === '' ? [] : [`Default: ${value}.`]),
    ...(setting.kind.form === 'list' ? ['Repeatable.'] : []),
    `[${variableOf(setting.flag)}]`,
  ].join(' ');
}

/** Reads every setting of a table: the flag first, then the variable, then the default. An empty value is no value. Throws `BadSetting`. */
export function readSettings<Table extends SettingTable>(
  table: Table,
  flags: FlagValues,
  environment: Environment,
): SettingValues<Table> {
  const values = Object.entries(table).map(([name, setting]) => [
    name,
    readSetting(setting, flags[setting.flag], environment) ?? setting.default,
  ]);
  return Object.freeze(Object.fromEntries(values)) as SettingValues<Table>;
}

function readSetting(setting: Setting, given: FlagValues[string], environment: Environment): unknown {
  const { flag, kind, alsoVariable } = setting;
  const variable = variableOf(flag);
  if (given === true) return true;
  if (Array.isArray(given)) return readText(setting, nameOf(setting), given.join(), environment);
  const text = typeof given === 'string' ? given : environment[variable];
  if (text) return readText(setting, kind.form === 'switch' ? variable : nameOf(setting), text, environment);
  const other = alsoVariable && environment[alsoVariable];
  return other ? readText(setting, alsoVariable, other, environment) : undefined;
}

/** `named`: where the text came from. */
function readText({ kind }: Setting, named: string, text: string, environment: Environment): unknown {
  let value: unknown;
  try {
    value = kind.read(text, environment);
  } catch (error) {
    throw new BadSetting(`${named}: ${(error as Error).message}`);
  }
  if (value === undefined) {
    const shown = kind.secret ? 'cannot be used' : `is "${text}"`;
    throw new BadSetting(`${named} ${shown}: expected ${kind.expected}`);
  }
  return value;
}
