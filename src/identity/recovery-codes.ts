import { randomBytes, randomInt } from 'node:crypto';
import { hashWithSalt } from './passwords.ts';

/** Codes that a person is given at once. */
export const recoveryCodesMade = 10;

// Without i, l, o and u, which are easily misread on paper.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const [groups, groupLength] = [3, 4];
const length = groups * groupLength;

const newGroup = (): string =>
  Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('');
/** One code of 60 bits, in three groups. */
const newCode = (): string => Array.from({ length: groups }, newGroup).join('-');

/** A typed code in small letters, without hyphens and spaces, and with what is easily misread corrected. `undefined`: it cannot be a code. */
function normalCode(typed: string): string | undefined {
  const meant = typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return meant.length === length && [...meant].every((one) => alphabet.includes(one)) ? meant : undefined;
}

/** Codes, and what is kept of them. One salt for a set: one computation tells which of them was given. */
export interface RecoveryCodes {
  readonly codes: readonly string[];
  readonly salt: string;
  readonly digests: readonly string[];
}

export async function newRecoveryCodes(): Promise<RecoveryCodes> {
  const codes = new Set<string>();
  while (codes.size < recoveryCodesMade) codes.add(newCode());
  const salt = randomBytes(16).toString('base64url');
  const digests = await Promise.all([...codes].map((code) => digestWith(code.replaceAll('-', ''), salt)));
  return { codes: [...codes], salt, digests };
}

/** What is kept of a code: argon2id, for it has fewer bits than a hash alone could protect. `undefined`: it cannot be a code. */
export async function digestOf(typed: string, salt: string): Promise<string | undefined> {
  const code = normalCode(typed);
  return code === undefined ? undefined : digestWith(code, salt);
}

const digestWith = (code: string, salt: string): Promise<string> =>
  hashWithSalt(code, Buffer.from(salt, 'base64url'));
