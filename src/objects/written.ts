import type { Stored } from '../catalogue/kinds/kind.ts';

/** What a write asks for: stored values by field, and what the caller called each (for messages). */
export interface Written {
  readonly values: Readonly<Record<string, Stored>>;
  readonly names: Readonly<Record<string, string>>;
}
