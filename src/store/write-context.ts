import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Writing } from './store.ts';

/** One write, inside its transaction. */
export interface WriteContext {
  readonly catalogue: Catalogue;
  readonly store: Writing;
  readonly deployment: number;
  /** The staff member who acts. */
  readonly staffId: number;
  /** Unix seconds. */
  readonly now: number;
  /** Told when an event was kept for its subscribers; without it nobody is told of what is written (`accord load`). */
  readonly onEvent?: () => void;
}
