import type { Result } from './caller.ts';
import type { Call } from './request.ts';

/** What a client does without resources. */
export interface Calls {
  /** Never rejects for what the server says; does when it cannot be reached, is no such server, or the signal is aborted. */
  call<T = unknown>(call: Call): Promise<Result<T>>;
  /** Each object of a list, page after page. Rejects with `Refused`. */
  pages<T = unknown>(call: Omit<Call, 'method' | 'body' | 'values'>, size?: number): AsyncIterable<T>;
  /** A file: its contents have not been read yet. */
  download(call: Call): Promise<Result<Response>>;
  /** Ends the tokens of this client, at the server and in the storage. Rejects with `Unauthenticated` when the server refuses. */
  revoke(): Promise<void>;
}
