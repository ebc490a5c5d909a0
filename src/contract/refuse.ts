import { type CauseName, rowOf } from './causes.ts';
import type { StatusName } from './statuses.ts';

/** What a refusal may carry beside its cause. Everything here may reach the wire through the row's message, except `exact`. */
export interface Particulars {
  /** The parameter or field at fault, as the caller wrote it. */
  readonly field?: string;
  /** Fills `{detail}`: what would be valid, or what was not found. */
  readonly detail?: string;
  /** Fills `{object}`: the resource's title, e.g. `Staff`. */
  readonly object?: string;
  /** Fills `{singular}`: the resource's singular, e.g. `staff`. */
  readonly singular?: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** For the log and `accord explain` only. */
  readonly exact?: string;
}

/** The one exception of the contract: a request ends here, with a row of the table. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly because: CauseName;
  readonly particulars: Particulars;

  constructor(because: CauseName, particulars: Particulars = {}) {
    // A refusal is an ordinary way out, not a fault: capturing a stack would cost more than the rest of it.
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(because);
    Error.stackTraceLimit = before;
    this.because = because;
    this.particulars = particulars;
  }

  get status(): StatusName {
    return rowOf(this.because).status;
  }

  /** The message for the wire. `request` fills `{request}` in the messages of server errors. */
  messageFor(request: string): string {
    const fill: Readonly<Record<string, string | number | undefined>> = { ...this.particulars, request };
    return rowOf(this.because).message.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      String(fill[name] ?? name),
    );
  }
}

/** Ends the request with a cause of the contract. */
export function refuse(because: CauseName, particulars?: Particulars): never {
  throw new Refusal(because, particulars);
}
