import type { Result } from './caller.ts';
import type { Failure } from './verdict.ts';

/** A call that did not succeed, where there is no place for a result. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly verdict: Failure;
  constructor(verdict: Failure) {
    super(`${verdict.status}: ${verdict.message}`);
    this.verdict = verdict;
  }
}

/** What was asked for; throws `Refused` where there is a verdict instead. */
export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Refused(result.verdict);
  return result.response;
}
