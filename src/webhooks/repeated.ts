/** Pause after a failure, at most. */
const failedPauseMaxMs = 1_000;

/** Does work again `everyMs` after it was done, sooner after a failure; checked at each `beat` of a timer. */
export function repeated(work: () => Promise<void>, everyMs: number, trouble: (error: unknown) => void) {
  let under: Promise<void> | undefined;
  let after = Number.NEGATIVE_INFINITY;
  return {
    under: () => under,
    beat: (): void => {
      if (under || performance.now() < after) return;
      under = work()
        .then(
          () => everyMs,
          (error: unknown) => {
            trouble(error);
            return Math.min(everyMs, failedPauseMaxMs);
          },
        )
        .then((pause) => {
          after = performance.now() + pause;
          under = undefined;
        });
    },
  };
}
