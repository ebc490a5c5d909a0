/** Counts on stderr: rewritten in place at a terminal, else (when asked for) a line now and then. */
export interface Progress {
  /** One more is done. */
  step(): void;
  /** Begins to count something else; `total` where it is known. */
  begin(what: string, total?: number): void;
  /** Leaves nothing of the counter on the line. */
  end(): void;
}
