/**
 * A bounded map for what is cheap to make again. The oldest entry gives way, used or not: keeping the order of use would cost the hot path
 * more than a plan that has to be compiled anew now and then.
 */
export class Bounded<V> {
  readonly #entries = new Map<string, V>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept under the key, made when it is not. */
  keep(key: string, make: () => V): V {
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    const made = make();
    if (this.#entries.size >= this.#most) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, made);
    return made;
  }
}
