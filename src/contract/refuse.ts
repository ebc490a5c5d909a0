import { type CauseName, rowOf } from './causes.ts';
import type { StatusName } from './statuses.ts';

/** What a refusal may carry beside its cause. Everything here may reach the wire through the row's message, except `exact`. */
export interface Particulars {
  /** The parameter or field at fault, as the caller wrote it. */
  readonly field?: string;
  /** Fills `{detail}`: what would be valid, or what was not found. */
  readonly detail?: string;
  /** Other parameters that would do in its place: told behind `{field}`. */
  readonly or?: string;
  /** Fills `{object}`: the resource's title, e.g. `Staff`. */
  readonly object?: string;
  /** Fills `{singular}`: the resource's singular, e.g. `staff`. */
  readonly singular?: string;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** For the log and `accord explain` only. */
  readonly exact?: string;
  /** A server error that nobody has to be woken for: it is counted under this word, and is no incident. */
  readonly quiet?: Quiet;
}

/** `stranger`: a host that never named a deployment of this server. `disabled`: one that its operators took out of service. */
export type Quiet = 'stranger' | 'disabled';

const none: Particulars = Object.freeze({});

/**
 * A request ends here, with a row of the table. It is thrown, and yet no `Error`: it is an ordinary way out, and making an error costs
 * more than the rest of a refusal.
 */
export class Refusal {
  readonly because: CauseName;
  readonly particulars: Particulars;

  constructor(because: CauseName, particulars: Particulars = none) {
    this.because = because;
    this.particulars = particulars;
  }

  get status(): StatusName {
    return rowOf(this.because).status;
  }

  /** The message for the wire. `request` fills `{request}` in the messages of server errors. */
  messageFor(request: string): string {
    const { message } = rowOf(this.because);
    if (!message.includes('{')) return message;
    const { field, or } = this.particulars;
    const named = or === undefined ? field : `${field} (or ${or})`;
    const fill: Readonly<Record<string, string | number | undefined>> = {
      ...this.particulars,
      field: named,
      request,
    };
    return message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? name));
  }
}

/** Ends the request with a cause of the contract. */
export function refuse(because: CauseName, particulars?: Particulars): never {
  throw new Refusal(because, particulars);
}
