export interface Bounds<V> {
  readonly entriesMax: number;
  /** Of all keys and values together, as far as `bytesOf` knows. */
  readonly bytesMax: number;
  /** About what a value takes. */
  readonly bytesOf: (value: V) => number;
}

interface Held<V> {
  readonly value: V;
  readonly bytes: number;
}

/** What takes more of the room than this is not kept: it would push out all the rest. */
const shareMax = 1 / 16;
/** A key's own object, its place in the map, and so on. */
const overhead = 200;

/**
 * A bounded map for what is cheap to make again. The oldest entry gives way, used or not: keeping the order of use would cost the hot path
 * more than a plan that has to be compiled again now and then. Keys come from callers, so both the number of entries and their bytes are bounded.
 */
export class Bounded<V> {
  readonly #held = new Map<string, Held<V>>();
  readonly #bounds: Bounds<V>;
  #bytes = 0;

  constructor(bounds: Bounds<V>) {
    this.#bounds = bounds;
  }

  /** What all entries take together. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** What is kept under the key, made when it is not. */
  keep(key: string, make: () => V): V {
    const found = this.#held.get(key);
    if (found !== undefined) return found.value;
    const value = make();
    const { entriesMax, bytesMax, bytesOf } = this.#bounds;
    const bytes = overhead + 2 * key.length + bytesOf(value);
    if (bytes > bytesMax * shareMax) return value;
    for (const [oldest, held] of this.#held) {
      if (this.#held.size < entriesMax && this.#bytes + bytes <= bytesMax) break;
      this.#held.delete(oldest);
      this.#bytes -= held.bytes;
    }
    this.#held.set(key, { value, bytes });
    this.#bytes += bytes;
    return value;
  }
}
