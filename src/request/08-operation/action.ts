import type { WriteContext } from '../../store/write-context.ts';
import type { Permitted } from '../07-permission/permit.ts';
import type { World } from '../world.ts';
import type { Outcome } from './outcome.ts';

/** A verb of its own that reads. */
export interface ReadAction {
  readonly kind: 'read';
  run(asked: Permitted, world: World): Promise<Outcome>;
}

/** A verb of its own that writes: `prepare` may take its time (a password's hash), `run` is inside the transaction. */
export interface WriteAction {
  readonly kind: 'write';
  prepare?(asked: Permitted, world: World): Promise<unknown>;
  /** Takes back what `prepare` did outside the store, when nothing was written. */
  abandon?(prepared: unknown, asked: Permitted, world: World): Promise<void>;
  run(asked: Permitted, context: WriteContext, prepared: unknown): Promise<Outcome>;
}

export type Action = ReadAction | WriteAction;
