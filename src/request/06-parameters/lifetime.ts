import type { Parameters } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { lifetimes } from '../../identity/tokens.ts';
import { parameterText } from './single.ts';

/** Seconds an access token is to live, as `expires_in` asks, within the limit; `undefined` when it does not. Refuses `parameter.invalid`. */
export function lifetimeIn(parameters: Parameters): number | undefined {
  const sent = parameterText(parameters, 'expires_in');
  if (!sent) return undefined;
  const seconds = Number(sent);
  if (!Number.isInteger(seconds) || seconds < 1) {
    refuse('parameter.invalid', {
      field: 'expires_in',
      detail: 'a whole number of seconds from 1 is wanted',
    });
  }
  return Math.min(seconds, lifetimes.tokenMax);
}
