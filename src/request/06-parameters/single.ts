import type { Parameters } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Received } from '../01-transport/received.ts';

/** Query and body as one. Refuses `body.malformed` and `parameter.repeated`. */
export function singleParameters({ query, body, malformed, repeated }: Received): Parameters {
  if (malformed !== undefined) refuse('body.malformed', { detail: malformed });
  if (repeated !== undefined) refuse('parameter.repeated', { field: repeated.slice(0, 60) });
  return {
    get: (name) => query.get(name) ?? body.get(name),
    has: (name) => query.has(name) || body.has(name),
    names: () => new Set([...query.keys(), ...body.keys()]),
  };
}

/** A parameter as text; `undefined` when absent. Refuses `parameter.invalid` for lists and objects. */
export function parameterText(parameters: Parameters, name: string): string | undefined {
  const sent = parameters.get(name);
  if (sent === undefined || sent === null) return undefined;
  if (typeof sent === 'object')
    refuse('parameter.invalid', { field: name, detail: 'a single value is wanted' });
  if (typeof sent === 'boolean') return sent ? '1' : '0';
  return String(sent);
}
