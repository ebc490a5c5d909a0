import { Busy, Unreachable } from '../store/store.ts';
import type { DeliverOptions, DeliveryResult } from './deliver.ts';

export interface DeliveryLog {
  note(level: 'warn' | 'debug', message: string, fields?: Readonly<Record<string, string | number>>): void;
}

/** Logs what kept events from being delivered. */
export const logTrouble =
  (log: DeliveryLog) =>
  (error: unknown): void =>
    error instanceof Unreachable || error instanceof Busy
      ? log.note('debug', 'webhooks wait for the database', { reason: String(error).slice(0, 200) })
      : log.note('warn', 'webhooks could not be delivered; trying again', {
          reason: String((error as Error | undefined)?.stack ?? error).slice(0, 1_000),
        });

/** Counts the result of an attempt, and logs what an operator should know. */
export const reportResult =
  (log: DeliveryLog, onResult: (result: DeliveryResult) => void): DeliverOptions['onResult'] =>
  (result, about) => {
    onResult(result);
    if (result === 'disabled' || result === 'gone') {
      const became = result === 'gone' ? 'ended by its receiver' : result;
      log.note('warn', `a webhook subscription was ${became}`, { ...about });
    } else if (result !== 'delivered') log.note('debug', `a webhook was ${result}`, { ...about });
  };
