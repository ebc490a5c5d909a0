import type { ShareLimits } from './share.ts';

export interface DeliveryLimits extends ShareLimits {
  /** Milliseconds of a lane's turn; what is in flight at its end is finished. */
  readonly turnMs: number;
  /** Milliseconds between looks at deployments where others may have left something, and at which deployments those are. */
  readonly scanMs: number;
  readonly surveyMs: number;
  /** Lanes of one deployment that are remembered as ready, and of all; the others are looked up again when those have had their turn. */
  readonly ready: number;
  readonly readyInAll: number;
}

export const usualLimits: DeliveryLimits = Object.freeze({
  lanes: 512,
  perDeployment: 48,
  turnMs: 2_000,
  scanMs: 5_000,
  surveyMs: 60_000,
  ready: 10_000,
  readyInAll: 200_000,
});
