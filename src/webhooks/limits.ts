import type { ShareLimits } from './share.ts';

export interface DeliveryLimits extends ShareLimits {
  /** How long a queue's turn is; what is in flight at its end is finished. */
  readonly turnMs: number;
  /** How often the deployments that have subscriptions are visited: other processes may have left something there. */
  readonly scanMs: number;
  /** How often it is found out which deployments those are. */
  readonly surveyMs: number;
  /** Queues of one deployment that are remembered as ready, and of all; the others are read when those have had their turn. */
  readonly readyMax: number;
  readonly readyInAllMax: number;
}

export const usualDeliveryLimits: DeliveryLimits = Object.freeze({
  queuesMax: 512,
  perDeploymentMax: 48,
  turnMs: 2_000,
  scanMs: 5_000,
  surveyMs: 60_000,
  readyMax: 10_000,
  readyInAllMax: 200_000,
});
