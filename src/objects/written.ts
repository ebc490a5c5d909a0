import type { Stored } from '../catalogue/kinds/kind.ts';

/** The values of a write: as stored, by field; and the names under which the caller sent them, for messages. */
export interface Written {
  readonly values: Readonly<Record<string, Stored>>;
  readonly names: Readonly<Record<string, string>>;
}
