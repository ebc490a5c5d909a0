import type { RaisedAt } from './stages.ts';
import type { StatusName } from './statuses.ts';

/** Where a row comes from: a generation of the public status page, what was recorded of the hosted service, or this project. */
export type Origin = 'older page' | 'current page' | 'recorded' | 'ours';

export interface Cause {
  readonly status: StatusName;
  readonly raisedAt: RaisedAt;
  /** What is safe to say on the wire. `{field}`, `{detail}` and `{object}` are filled in where the refusal carries them. */
  readonly message: string;
  /** When this happens: the documented sentence, in our own words. For the operator, never on the wire. */
  readonly because: string;
  readonly origin: Origin;
  /** What would have to change for the request to succeed; printed by `accord explain`. */
  readonly remedy: string;
}
