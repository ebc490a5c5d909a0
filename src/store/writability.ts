/** Whether writes work, as far as the last one tells. */
export interface Writability {
  /** A write went through, or failed with this. */
  note(error?: unknown): void;
  /** Why writes fail; `undefined` when they work. Tries one where the last is long ago, or failed. */
  check(): Promise<string | undefined>;
}

export interface WritabilityOptions {
  /** Writes a little. */
  readonly probe: () => Promise<unknown>;
  /** Why the database refuses to be written, if that is what the error says. */
  readonly reasonOf: (error: unknown) => string | undefined;
  /** Told of each change: why writes fail from now on, or that they work again. */
  readonly onChange: (reason: string | undefined) => void;
}

/** Milliseconds for which a write that went through vouches for the next: asking for the state often must not cause a write each time. */
const fresh = 1_000;
/** Milliseconds for a probe: one that waits for another's transaction says nothing of the disk. */
const probeWaitMs = 2_000;

export function createWritability({ probe, reasonOf, onChange }: WritabilityOptions): Writability {
  let reason: string | undefined;
  let wentThrough = Number.NEGATIVE_INFINITY;
  let probed = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | undefined;

  function become(next: string | undefined): void {
    if (next === reason) return;
    reason = next;
    onChange(next);
  }

  function note(error?: unknown): void {
    if (error === undefined) {
      wentThrough = performance.now();
      become(undefined);
      return;
    }
    // A write that clashed, or was refused by what it found, says nothing of the disk.
    const said = reasonOf(error);
    if (said !== undefined) become(said);
  }

  async function tryOne(): Promise<void> {
    probed = performance.now();
    await probe().then(() => note(), note);
  }

  return {
    note,
    check: async () => {
      const now = performance.now();
      if ((reason !== undefined || now - wentThrough > fresh) && now - probed > fresh / 4)
        probing ??= tryOne().finally(() => {
          probing = undefined;
        });
      if (probing) await Promise.race([probing, pause(probeWaitMs)]);
      return reason;
    },
  };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resume) => setTimeout(resume, milliseconds).unref());
