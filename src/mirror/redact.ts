import { createHmac } from 'node:crypto';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { type Personal, personals } from '../catalogue/personal.ts';
import type { Resource } from '../catalogue/resource.ts';
import { BadUsage } from '../contract/failure.ts';

type Values = Readonly<Record<string, Stored>>;

/** Puts something else in the place of what fields say of people. */
export type Redact = (resource: Resource, values: Values) => Values;

/** The kinds of `--redact`: all of them when it has no list. Throws `BadUsage`. */
export function personalsIn(given: string | true | undefined): readonly Personal[] {
  if (given === undefined) return [];
  if (given === true) return personals;
  const names = given.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!personals.some((each) => each === name))
      throw new BadUsage(
        `--redact ${name}: any of ${personals.join(', ')} is wanted, or none for all of them`,
      );
  }
  return personals.filter((name) => names.includes(name));
}

/**
 * The same value is replaced by the same one everywhere, and different ones by different ones, so that objects stay apart and unique keys
 * unique. Without the salt nobody can try out what a replacement stands for.
 */
export function redactor(kinds: readonly Personal[], salt: string): Redact {
  if (kinds.length === 0) return (_, values) => values;
  return ({ personal }, values) => {
    const replaced: Record<string, Stored> = { ...values };
    for (const kind of kinds) {
      for (const name of personal[kind] ?? []) {
        const value = values[name];
        if (typeof value === 'string' && value.trim() !== '')
          replaced[name] = replacement(kind, value, digest(salt, kind, value));
      }
    }
    return replaced;
  };
}

const digest = (salt: string, kind: Personal, value: string): string =>
  createHmac('sha256', salt).update(`${kind}\0${value}`).digest('hex').slice(0, 16);

function replacement(kind: Personal, value: string, hash: string): string {
  switch (kind) {
    case 'email':
      // Reserved for examples (RFC 2606): no mail gets anywhere.
      return `${hash}@example.com`;
    case 'phone':
      return `555${String(BigInt(`0x${hash}`) % 10n ** 12n).padStart(12, '0')}`;
    case 'text':
      return `[${value.length} characters ${hash}]`;
    default:
      return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${hash}`;
  }
}
