/** Milliseconds after which what failed is done again. */
const againMs = 1_000;

/** Something that is done again so many milliseconds after it was done, sooner when it failed, when the timer beats. */
export function repeated(work: () => Promise<void>, every: number, trouble: (error: unknown) => void) {
  let under: Promise<void> | undefined;
  let after = Number.NEGATIVE_INFINITY;
  return {
    under: () => under,
    beat: (): void => {
      if (under || performance.now() < after) return;
      under = work()
        .then(
          () => every,
          (error: unknown) => {
            trouble(error);
            return Math.min(every, againMs);
          },
        )
        .then((pause) => {
          after = performance.now() + pause;
          under = undefined;
        });
    },
  };
}
