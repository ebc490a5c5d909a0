import type { ParameterValue } from '../../catalogue/sent.ts';
import type { Upload } from './received.ts';

/** Of one place (query or body): more are refused before anything looks at them. */
export const parametersMax = 1000;

/** What could be read of a query string or a body. A reason in `malformed` does not empty `values`: they still say how to answer. */
export interface ReadParameters {
  readonly values: ReadonlyMap<string, ParameterValue>;
  readonly uploads?: ReadonlyMap<string, Upload> | undefined;
  /** The first name that occurs twice. */
  readonly repeated?: string | undefined;
  /** Why it could not be read whole; safe for the wire. */
  readonly malformed?: string | undefined;
}

export const none: ReadParameters = Object.freeze({ values: new Map<string, ParameterValue>() });

export const unreadableParameters = (malformed: string): ReadParameters => ({
  values: none.values,
  malformed,
});

/** The first name found twice: within the query, within the body, or once in each. */
export function firstRepeated(query: ReadParameters, body: ReadParameters): string | undefined {
  const within = query.repeated ?? body.repeated;
  if (within !== undefined || query.values.size === 0) return within;
  for (const name of body.values.keys()) if (query.values.has(name)) return name;
  for (const name of body.uploads?.keys() ?? []) if (query.values.has(name)) return name;
  return undefined;
}
