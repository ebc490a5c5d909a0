import { modulesIn } from '../catalogue/modules.ts';
import type { RowName } from '../contract/causes.ts';
import type { StatusName } from '../contract/statuses.ts';
import type { Exchange, Recorded } from './recording/exchange.ts';

export type LintLevel = 'error' | 'warning' | 'note';

/** Something that a client did wrong, or could do better. */
export interface Finding {
  /** What happened, and what the client should do instead. */
  readonly message: string;
  /** Those that show it, in order. */
  readonly exchanges: readonly Exchange[];
}

/** One file in `lints/`, named by its rule, with `export default lint({…})`. */
export interface Lint {
  readonly level: LintLevel;
  /** The row of the contract that says so: a cause, or a status. */
  readonly row: RowName | StatusName;
  /** What it looks for. */
  readonly finds: string;
  /** What to do instead. */
  readonly instead: string;
  /** Why it could not look; `undefined` when it could. */
  readonly unlooked?: (recorded: Recorded) => string | undefined;
  readonly look: (recorded: Recorded) => readonly Finding[];
}

export interface LintRule extends Lint {
  /** The name of its file. */
  readonly id: string;
}

export const lint = (row: Lint): Lint => Object.freeze(row);

/** Every rule, by name. */
export async function loadLints(): Promise<readonly LintRule[]> {
  const found = await modulesIn<Lint>(new URL('lints/', import.meta.url));
  return found.map(({ name, default: row }): LintRule => Object.freeze({ id: name, ...row }));
}

/** Puts what belongs together into one finding each: those of one key, in order. */
export function gathered(
  found: readonly { readonly key: string; readonly exchanges: readonly Exchange[] }[],
  message: (exchanges: readonly Exchange[]) => string,
): readonly Finding[] {
  const by = new Map<string, Set<Exchange>>();
  for (const { key, exchanges } of found) {
    const known = by.get(key) ?? new Set<Exchange>();
    for (const exchange of exchanges) known.add(exchange);
    by.set(key, known);
  }
  return [...by.values()].map((known) => {
    const exchanges = [...known];
    return { message: message(exchanges), exchanges };
  });
}
