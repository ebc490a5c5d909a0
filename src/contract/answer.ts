import type { CauseName } from './causes.ts';
import type { StatusName } from './statuses.ts';

/** A value as it stands in every format: what JSON can say, less numbers with a fraction and `undefined`. */
export type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

export type Format = 'json' | 'xml' | 'yaml';

/** A file, sent as it is read. */
export interface FileBody {
  /** Bytes. */
  readonly length: number;
  /** Taken once, and destroyed when it is not sent to its end; `undefined` where the answer has no body (`HEAD`). */
  readonly content: (AsyncIterable<Uint8Array> & { destroy(): unknown }) | undefined;
}

/** A failure that is injected into the sending of an answer. Only a sandbox has them. */
export interface Mishap {
  /** Milliseconds before anything is sent. */
  readonly latency: number;
  /** The connection ends after so many bytes from the status line on; 0: without an answer. */
  readonly cut: number | undefined;
  /** The connection ends after so many bytes of the body; the headers promise the whole. */
  readonly truncate: number | undefined;
}

/** What the transport sends: all that is decided, nothing that is encoded for a socket. */
export interface Answer {
  readonly http: number;
  readonly status: StatusName;
  /** The private cause; `undefined` when the status is `ok`. */
  readonly cause: CauseName | undefined;
  /** In the written case of the names: clients in the field read them by exact name. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly type: string;
  readonly body: string | Uint8Array | FileBody;
  readonly mishap?: Mishap;
}
