import type { ParameterValue } from '../catalogue/sent.ts';
import type { Tree } from '../contract/answer.ts';
import type { Deployment } from '../identity/deployments.ts';

/** One request of the control API, as data: what serves it, documents it and names it in an error. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/sandbox/v0/`; `{deployment}` is one that exists, other names in braces are any text. */
  readonly path: string;
  /** What it does, for its documentation. */
  readonly says: string;
  /** Throws `ControlError` for what cannot be done as asked. */
  readonly run: (asked: ControlAsked) => Promise<Tree | ControlText>;
}

export interface ControlAsked {
  /** That of the path; where the path names none, one that is nobody's (id 0). */
  readonly deployment: Deployment;
  /** What the path has for its names in braces. */
  readonly names: Readonly<Record<string, string>>;
  /** From the body (JSON or a form) and the query. */
  readonly values: ReadonlyMap<string, ParameterValue>;
  /** Where the server is reached, such as `http://localhost:4280`. */
  readonly origin: string;
}

/** An answer that is no JSON, such as a report in another format. */
export class ControlText {
  readonly type: string;
  readonly text: string;
  constructor(type: string, text: string) {
    this.type = type;
    this.text = text;
  }
}
