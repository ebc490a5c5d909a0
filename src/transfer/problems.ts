import { Failure } from '../contract/failure.ts';
import type { Refusal } from '../contract/refuse.ts';

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where something of a file is. */
export interface Place {
  /** In words: `companies[3]`, `line 4 (companies)`. */
  readonly place: string;
  /** Of one of its fields, or of the whole; `undefined` where nobody knows. */
  readonly at?: ((field?: string) => Position | undefined) | undefined;
}

interface Problem {
  readonly message: string;
  readonly position: Position | undefined;
}

const problemsMax = 50;

/** Collects what is wrong with a load, so that all of it is told at once. */
export class Problems {
  readonly #found: Problem[] = [];

  /** Throws when there are as many as are told at once. */
  add(message: string, position?: Position): void {
    this.#found.push({ message, position });
    if (this.#found.length >= problemsMax) this.throwIfSome();
  }

  /** What the API would say of an object. */
  addRefusal(refusal: Refusal, { place, at }: Place): void {
    this.add(`${place}: ${refusal.messageFor('')}`, at?.(refusal.particulars.field));
  }

  get some(): boolean {
    return this.#found.length > 0;
  }

  /** Throws a `Failure` that tells all, in the order of the file. */
  throwIfSome(): void {
    if (!this.some) return;
    const rank = ({ position }: Problem): number =>
      position === undefined ? Number.MAX_SAFE_INTEGER : position.line * 1e6 + position.column;
    const lines = this.#found
      .toSorted((one, other) => rank(one) - rank(other))
      .map(({ message, position: at }) =>
        at === undefined ? message : `${message} (line ${at.line}, column ${at.column})`,
      );
    const [only = ''] = lines;
    if (lines.length === 1) throw new Failure(`${only} Nothing was loaded.`);
    const more = lines.length >= problemsMax ? ', and there may be more' : '';
    const end = `Nothing was loaded: these are ${lines.length} problems${more}.`;
    throw new Failure([...lines, end].join('\n'), { lines: true });
  }
}

/** Where a prepared object is, with its id. */
export const placeWithId = ({ place, at, id }: Place & { readonly id: number | undefined }): Place => ({
  place: id === undefined ? place : `${place}, id ${id}`,
  at,
});
