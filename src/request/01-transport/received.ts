import type { ParameterValue } from '../../catalogue/sent.ts';
import type { Format } from '../../contract/answer.ts';
import type { Staged } from '../../files/files.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

/** A file that came with the request. It is in a temporary folder, and is removed after the answer unless the operation keeps it. */
export interface Upload {
  /** As the caller calls it, without folders. */
  readonly filename: string;
  /** As the caller says. */
  readonly mimetype: string;
  readonly staged: Staged | undefined;
  /** Why it could not be stored: a failure of the server, which the operation throws. */
  readonly failure: unknown;
}

/** How the caller wants the answer. Read once, in transport, so that failures of every stage honour it. */
export interface Presentation {
  readonly format: Format;
  readonly suppressMessage: boolean;
  readonly suppressHttpStatus: boolean;
  readonly suppressMeta: boolean;
}

/** One request as it came off the wire, with nothing decided but its method and its presentation. */
export interface Received {
  /** Echoed if the caller sent a sane one, else made here. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** From the monotonic clock, for durations. */
  readonly started: number;
  /** After `_method`; `undefined` when neither the line nor `_method` names one we know (then `wrote` says what it was). */
  readonly method: Method | undefined;
  /** The method as written on the request line or in `_method`. */
  readonly wrote: string;
  /** `HEAD`: as `GET`, and the transport leaves the body out. */
  readonly head: boolean;
  /** Percent-decoded per segment, without the format suffix; `/api/v0/companies/12` is `['api', 'v0', 'companies', '12']`. */
  readonly segments: readonly string[];
  /** Why the request target could not be read; `segments` then has no more than tells whose path it is. */
  readonly misaddressed: string | undefined;
  /** Why the request names no host; then it may name no deployment. */
  readonly hostless?: string | undefined;
  /** The path as sent, without the query (for the log). */
  readonly path: string;
  readonly https: boolean;
  /** The host as the caller sees it, with its port. */
  readonly host: string;
  /** The caller's address: the socket's, or the one a trusted proxy vouches for. */
  readonly address: string;
  /** The peer at `address` claims to be a proxy, and is not a trusted one. */
  readonly distrusted?: boolean | undefined;
  /** Of the other end of the socket: the same for requests that came one after the other over one connection. */
  readonly port?: number | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** From the query string only (secrets are not accepted there). */
  readonly query: ReadonlyMap<string, ParameterValue>;
  /** From the body only. */
  readonly body: ReadonlyMap<string, ParameterValue>;
  /** The files of a multipart body, by the name of their part. */
  readonly uploads: ReadonlyMap<string, Upload>;
  /** The first parameter that was sent more than once, in whatever place. */
  readonly repeated: string | undefined;
  /** Why the request could not be read (bad percent-encoding, JSON, form, multipart, UTF-8, NUL, or past a limit). */
  readonly malformed: string | undefined;
  readonly presentation: Presentation;
}
