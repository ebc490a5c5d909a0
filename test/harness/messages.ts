/** What a worker tells the run about the file that it was sent. */
export type Message =
  | { readonly type: 'started'; readonly names: readonly string[] }
  | Result
  | { readonly type: 'note'; readonly text: string }
  /** An error that no test awaited. */
  | { readonly type: 'stray'; readonly text: string }
  | { readonly type: 'ended'; readonly memoryBytes: number };

export interface Result {
  readonly type: 'result';
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The suites that a test stands in, from the outermost, and its own name. */
  readonly names: readonly string[];
  readonly ms: number;
  /** Why it failed or was skipped. */
  readonly text: string;
}
