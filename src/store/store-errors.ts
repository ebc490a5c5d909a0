import type { Engine } from './engines/engine.ts';
import { Busy, Clash, Unreachable, Unwritable } from './store.ts';

type Diagnosis = Pick<Engine, 'clash' | 'busy' | 'unwritable' | 'unreachable'>;

/** Inside a transaction nothing else is translated: the engine recognises a conflict by its own code, to try again. */
export function clashOf(engine: Diagnosis, error: unknown): unknown {
  const columns = engine.clash(error);
  return columns ? new Clash(columns) : error;
}

/** What an engine's error means to users of the store; the error itself, where it means nothing to them. */
export function storeError(engine: Diagnosis, error: unknown): unknown {
  if (error instanceof Clash) return error;
  if (engine.busy(error))
    return new Busy(`the database is busy: ${(error as Error).message}`, { cause: error });
  const unwritable = engine.unwritable(error);
  if (unwritable !== undefined)
    return new Unwritable(`the database cannot be written: ${unwritable}`, { cause: error });
  return engine.unreachable(error)
    ? new Unreachable('the database cannot be reached', { cause: error })
    : clashOf(engine, error);
}
