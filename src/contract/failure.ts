/** The command line itself is wrong: exit code 2. */
export class BadUsage extends Error {
  override readonly name = 'BadUsage';
}

/** A command cannot do its work, for a reason that people can act on: exit code 1. The message says what to do next, in one line unless it says otherwise. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** The message has several lines: more than one thing is wrong. */
  readonly lines: boolean;

  constructor(
    message: string,
    { lines = false, ...options }: ErrorOptions & { readonly lines?: boolean } = {},
  ) {
    super(message, options);
    this.lines = lines;
  }
}
