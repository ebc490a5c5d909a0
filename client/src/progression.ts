import type { Kinds } from './wire.ts';

/** A move to another status that an object may make. */
export interface Progression {
  readonly id: number;
  readonly title: string | null;
  readonly status: {
    readonly id: number;
    readonly title: string | null;
    readonly color: string | null;
    readonly standing: string | null;
    readonly ordering: number | null;
    readonly start: boolean | null;
  };
}

const statusKinds: Kinds = { id: 'number', ordering: 'number', start: 'yesno' };

export const progressionKinds: Kinds = { id: 'number', status: () => statusKinds };
