import { type CauseName, causes, type RowName } from '../../contract/causes.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import type { Exchange } from '../recording/exchange.ts';

export interface Met<Name extends string> {
  readonly name: Name;
  readonly times: number;
}

/** Which statuses and causes of the contract were met, and which not. */
export interface Coverage {
  readonly statuses: { readonly met: readonly Met<StatusName>[]; readonly unmet: readonly StatusName[] };
  /** What was no status of the contract; `unanswered` where there was no answer at all. */
  readonly others: readonly Met<string>[];
  /** Met under the name they have on the wire: `name.taken` is of the row `field.taken`. */
  readonly causes: { readonly met: readonly Met<string>[]; readonly unmet: readonly RowName[] };
  /** Whether the server told any cause: only a sandbox does. */
  readonly tellsCauses: boolean;
}

/** The word that the current generation of the status page has for lockouts. */
const lockedWord = 'too_many_failed_logins';

export function coverageOf(exchanges: readonly Exchange[]): Coverage {
  const met = counted(exchanges.map(({ status }) => (status === lockedWord ? 'invalid_client' : status)));
  const because = counted(exchanges.flatMap(({ cause }) => (cause === undefined ? [] : [cause])));
  const rows = new Set([...because.keys()].map((cause) => rowNameOf(cause as CauseName)));
  return {
    statuses: {
      met: told(met).filter((each): each is Met<StatusName> => isStatus(each.name)),
      unmet: (Object.keys(statuses) as StatusName[]).filter((name) => !met.has(name)),
    },
    others: told(met).filter(({ name }) => !isStatus(name)),
    causes: {
      met: told(because),
      unmet: (Object.keys(causes) as RowName[]).filter((name) => !rows.has(name)),
    },
    tellsCauses: because.size > 0,
  };
}

const isStatus = (name: string): boolean => Object.hasOwn(statuses, name);

const rowNameOf = (cause: CauseName): RowName =>
  Object.hasOwn(causes, cause) ? (cause as RowName) : 'field.taken';

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return times;
}

const told = (times: ReadonlyMap<string, number>): readonly Met<string>[] =>
  [...times].map(([name, times]) => ({ name, times })).sort((a, b) => b.times - a.times);
