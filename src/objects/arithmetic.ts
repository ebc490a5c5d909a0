const { MAX_SAFE_INTEGER: largest } = Number;

/**
 * Whole numbers added up. A sum beyond what a number holds exactly is the largest or the smallest one that it does, as in the sums that the store
 * makes: what is kept can always be read again.
 */
export function sumOf(...parts: readonly number[]): number {
  let sum = 0n;
  for (const part of parts) sum += BigInt(part);
  return Math.max(-largest, Math.min(largest, Number(sum)));
}

/** The product of two whole numbers in units of `per`, rounded, halves away from zero; `undefined` where a number does not hold it exactly. */
export function productOf(one: number, other: number, per: number): number | undefined {
  const product = BigInt(one) * BigInt(other);
  const half = BigInt(per) / 2n;
  const rounded = Number((product < 0n ? product - half : product + half) / BigInt(per));
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
