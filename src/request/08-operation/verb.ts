import type { WriteContext } from '../../store/write-context.ts';
import type { Permitted } from '../07-permission/permit.ts';
import type { World } from '../world.ts';
import type { Outcome } from './outcome.ts';

/** A verb that reads. */
export interface ReadVerb {
  readonly kind: 'read';
  run(asked: Permitted, world: World): Promise<Outcome>;
}

/** A verb that writes. `Prepared` is what it makes before the transaction. */
export interface WriteVerb<Prepared = unknown> extends Writes<Prepared> {
  readonly kind: 'write';
}

interface Writes<Prepared> {
  /** Runs before the transaction: what takes time (the hash of a password), or happens outside the store (a file is kept). */
  prepare?(asked: Permitted, world: World): Promise<Prepared>;
  /** Undoes what `prepare` did outside the store, when nothing was written. */
  abandon?(prepared: NoInfer<Prepared>, asked: Permitted, world: World): Promise<void>;
  /** Runs in the transaction, once more for each time that the transaction is. */
  run(asked: Permitted, context: WriteContext, prepared: NoInfer<Prepared>): Promise<Outcome>;
}

export type Verb = ReadVerb | WriteVerb;

export const readVerb = (verb: Omit<ReadVerb, 'kind'>): ReadVerb => Object.freeze({ kind: 'read', ...verb });

/** `run` and `abandon` get what `prepare` returned, as it is typed there. */
export const writeVerb = <Prepared = undefined>(verb: Writes<Prepared>): WriteVerb<Prepared> =>
  Object.freeze({ kind: 'write', ...verb });
