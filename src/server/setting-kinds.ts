import { readS3Url, type S3Place } from '../files/s3-url.ts';
import { parseRanges } from '../identity/address.ts';
import type { SettingKind } from './setting.ts';

/** Any text; `placeholder` says what it stands for. */
export const textKind = (placeholder: string): SettingKind<string> => ({
  form: 'one',
  placeholder,
  expected: placeholder,
  read: (given) => given,
  print: String,
});

/** A text that a test accepts. */
export const textKindThat = (
  placeholder: string,
  expected: string,
  accepts: (given: string) => boolean,
): SettingKind<string> => ({
  ...textKind(placeholder),
  expected,
  read: (given) => (accepts(given) ? given : undefined),
});

export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** Such as `ms`; `number` where it counts things. */
  readonly unit?: string;
  /** The setting's value for one of the unit: 1,048,576 for bytes that are written as MiB. */
  readonly scale?: number;
}

/** A whole number within its bounds, which are in the unit that people write. */
export const numberKind = ({ min, max, unit, scale = 1 }: NumberBounds): SettingKind<number> => ({
  form: 'one',
  placeholder: unit ?? 'number',
  expected: `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`,
  read: (given) => {
    const value = Number(given);
    return Number.isInteger(value) && value >= min && value <= max ? value * scale : undefined;
  },
  print: (value) => `${value / scale}${unit === undefined ? '' : ` ${unit}`}`,
});

const yes: readonly string[] = ['1', 'yes', 'true'];
const no: readonly string[] = ['0', 'no', 'false'];

/** On or off: a flag without a value, a variable with 1 or 0. */
export const toggleKind: SettingKind<boolean> = {
  form: 'switch',
  placeholder: '',
  expected: '1 or 0',
  read: (given) => {
    if (yes.includes(given)) return true;
    return no.includes(given) ? false : undefined;
  },
  print: (value) => (value ? 'on' : 'off'),
};

export const choiceKind = <T extends string>(
  placeholder: string,
  ...words: readonly T[]
): SettingKind<T> => ({
  form: 'one',
  placeholder,
  expected: `one of ${words.join(', ')}`,
  read: (given) => words.find((word) => word === given),
  print: String,
});

/** `schemes` with their colons: `https:`. What could hold a password is not repeated in a message. */
export const urlKind = (...schemes: readonly string[]): SettingKind<string> => ({
  form: 'one',
  placeholder: 'url',
  expected: `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  secret: true,
  read: (given) => (schemes.includes(URL.parse(given)?.protocol ?? '') ? given : undefined),
  print: String,
});

/** A token that people choose: printable ASCII without spaces, `min` to 200 characters. */
export const tokenKind = (min: number): SettingKind<string> => ({
  form: 'one',
  placeholder: 'token',
  expected: `${min} to 200 characters of ASCII without spaces`,
  secret: true,
  read: (given) => (/^[\x21-\x7e]{1,200}$/.test(given) && given.length >= min ? given : undefined),
  print: () => 'hidden',
});

export interface HostPort {
  /** An IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:4282`, `[::1]:4282`, or `none`. */
export const hostPortKind: SettingKind<HostPort | 'none'> = {
  form: 'one',
  placeholder: 'host:port',
  expected: 'an address and a port, such as 127.0.0.1:4282 or [::1]:4282, or none',
  read: (given) => {
    if (given === 'none') return given;
    const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(given) ?? [];
    const host = bracketed ?? plain;
    const port = Number(digits);
    return host === undefined || port > 65_535 ? undefined : { host, port };
  },
  print: (value) => (value === 'none' ? value : `${value.host}:${value.port}`),
};

/** IP addresses and CIDR ranges, separated by commas in a variable. */
export const addressRangesKind: SettingKind<readonly string[]> = {
  form: 'list',
  placeholder: 'cidr',
  expected: 'addresses or CIDR ranges, such as 10.0.0.0/8',
  read: (given) => {
    const ranges = given
      .split(',')
      .map((range) => range.trim())
      .filter((range) => range !== '');
    parseRanges(ranges);
    return ranges;
  },
  print: (ranges) => ranges.join(', '),
};

/** Where files are kept: a folder, or an S3 bucket with credentials from its URL or the `AWS_*` variables. */
export const filePlaceKind: SettingKind<{ readonly folder: string } | { readonly s3: S3Place }> = {
  form: 'one',
  placeholder: 'place',
  expected: 'a folder or s3://bucket/prefix',
  secret: true,
  read: (given, environment) =>
    /^[a-z0-9]+:\/\//i.test(given) ? { s3: readS3Url(given, environment) } : { folder: given },
  print: (place) => ('folder' in place ? place.folder : place.s3.base),
};
