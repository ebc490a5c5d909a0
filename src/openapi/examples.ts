import type { Tree } from '../contract/answer.ts';

/** One exchange as it went over a socket, less what differs from one run to the next. */
export interface Example {
  readonly path: string;
  /** What the body said, and how it was encoded; absent without a body. */
  readonly sent?: { readonly type: string; readonly body: Tree };
  readonly http: number;
  readonly type: string;
  /** JSON as it is; anything else as text. */
  readonly answer: Tree;
}

/** `src/openapi/examples.json`. */
export interface Examples {
  /** By the id of the route. */
  readonly requests: Readonly<Record<string, Example>>;
  /** By cause. */
  readonly refusals: Readonly<Record<string, Example>>;
}
