import type { Engine } from './engine.ts';
import { NoTurn } from './slots.ts';

/** What the pool says when the database did not answer a new connection in time. */
const noConnection = 'Connection terminated due to connection timeout';

/** serialization_failure, deadlock_detected */
const conflicts = new Set(['40001', '40P01']);
/** And lock_not_available. */
const lockFailures = new Set([...conflicts, '55P03']);

/** By SQLSTATE: disk_full, read_only_sql_transaction, io_error. */
const unwritableReasons: Readonly<Record<string, string>> = Object.freeze({
  '53100': 'the disk is full',
  '25006': 'it may only be read',
  '58030': 'the disk fails',
});

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);

/** 08: connection; 53: resources; 28: not let in; 58: system */
const unreachableClasses = new Set(['08', '53', '28', '58']);
/** 57P: shutdown; 3D000: no such database; 25006: read-only */
const unreachableStates = new Set(['57P01', '57P02', '57P03', '3D000', '25006']);
/** What `pg` and its pool say. */
const unreachableMessages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Cannot use a pool after',
];

const codeOf = (error: unknown): string => String((error as { code?: string } | undefined)?.code ?? '');
const messageOf = (error: unknown): string => (error as Error | undefined)?.message ?? '';

/** No connection can be made: waiting for one is pointless. */
export const isNoConnection = (error: unknown): boolean => messageOf(error) === noConnection;

/** The other side of a conflict went through, so another try does too. `alone`: of a transaction that locks whole tables. */
export const isPassing = (error: unknown, alone: boolean): boolean =>
  (alone ? lockFailures : conflicts).has(codeOf(error));

export const postgresErrors: Pick<Engine, 'clash' | 'rejectsHint' | 'unwritable' | 'unreachable' | 'busy'> = {
  clash: (error) => {
    if (codeOf(error) !== '23505') return undefined;
    // "Key (deployment_id, name)=(1, MomCorp) already exists."
    const detail = (error as { detail?: string }).detail ?? '';
    const names = detail.slice(detail.indexOf('(') + 1, detail.indexOf(')='));
    return names.split(', ').filter((name) => name !== 'deployment_id');
  },
  rejectsHint: () => false,
  unwritable: (error) => unwritableReasons[codeOf(error)],
  // 53300: too_many_connections
  busy: (error) => error instanceof NoTurn || lockFailures.has(codeOf(error)) || codeOf(error) === '53300',
  unreachable: (error) => {
    const code = codeOf(error);
    if (networkCodes.has(code) || unreachableStates.has(code)) return true;
    if (code.length === 5 && unreachableClasses.has(code.slice(0, 2))) return true;
    const message = messageOf(error);
    return message === 'timeout expired' || unreachableMessages.some((begin) => message.startsWith(begin));
  },
};
