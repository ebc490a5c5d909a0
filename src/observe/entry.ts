/** What is kept of a request, for the log, `accord explain` and the console. No secrets: never a query string, a body or a token. */
export interface LogEntry {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly http: number;
  readonly status: string;
  /** The stage that was entered last. */
  readonly stage: string;
  /** The stages that were entered, where they are not all up to that one. */
  readonly stages?: readonly string[] | undefined;
  readonly cause?: string | undefined;
  /** What the refusal was about: the parameter, and the exact reason. */
  readonly field?: string | undefined;
  readonly detail?: string | undefined;
  readonly exact?: string | undefined;
  /** Names of filters, orders and searches that were left out. */
  readonly ignored?: string | undefined;
  readonly route?: string | undefined;
  readonly deployment?: string | undefined;
  readonly application?: string | undefined;
  readonly staff?: number | undefined;
  /** What happened to a sign-in, a consent or a token, and how it was authenticated. */
  readonly event?: string | undefined;
  readonly by?: string | undefined;
  readonly address: string;
  readonly ms: number;
}
