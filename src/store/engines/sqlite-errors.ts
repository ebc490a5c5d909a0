import type { Engine } from './engine.ts';
import { NoTurn } from './slots.ts';
import { codeOf, isClosed } from './sqlite-connection.ts';

/** SQLite's codes; higher bits say more. */
const primaryCode = (error: unknown): number => (codeOf(error) ?? 0) & 0xff;

const uniqueViolation = 2067;
const primaryKeyViolation = 1555;
/** BUSY LOCKED */
const busyCodes = new Set([5, 6]);
/** PERM READONLY IOERR FULL CANTOPEN NOTADB */
const unreachableCodes = new Set([3, 8, 10, 13, 14, 26]);

/** By SQLite's codes: BUSY, READONLY, IOERR, FULL. */
const unwritableReasons: Readonly<Record<number, string>> = Object.freeze({
  5: 'another process holds its lock',
  8: 'it may only be read',
  10: 'the disk fails',
  13: 'the disk is full',
});

export const sqliteErrors: Pick<Engine, 'clash' | 'rejectsHint' | 'busy' | 'unwritable' | 'unreachable'> = {
  clash: (error) => {
    if (codeOf(error) !== uniqueViolation && codeOf(error) !== primaryKeyViolation) return undefined;
    // "UNIQUE constraint failed: companies.deployment_id, companies.name"
    const [, names = ''] = (error as Error).message.split('failed: ');
    return names
      .split(', ')
      .map((name) => name.slice(name.indexOf('.') + 1))
      .filter((name) => name !== 'deployment_id');
  },
  rejectsHint: (error) => error instanceof Error && error.message.includes('no query solution'),
  busy: (error) => error instanceof NoTurn || busyCodes.has(primaryCode(error)),
  unwritable: (error) => unwritableReasons[primaryCode(error)],
  unreachable: (error) => unreachableCodes.has(primaryCode(error)) || isClosed(error),
};
