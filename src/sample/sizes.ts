/** The sizes of the sample, in companies; all else follows from them. `undefined`: people and applications only. */
export const sampleSizes = Object.freeze({ small: 60, large: 600, people: undefined });

export type SampleSize = keyof typeof sampleSizes;

export const isSampleSize = (text: string): text is SampleSize => Object.hasOwn(sampleSizes, text);

/** Ids below are free for objects that bring their own. */
export const firstSampleId = 1_001;

/** Leaves room for what is made afterwards: ids of the API are 32 bits wide. */
export const sampleIdMax = 1_000_000_000;
