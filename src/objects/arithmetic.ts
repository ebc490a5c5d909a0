const { MAX_SAFE_INTEGER: largest } = Number;

/**
 * The sum of whole numbers, kept within what a JavaScript number holds exactly, as the store does with its sums: every stored sum can be read
 * again.
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
