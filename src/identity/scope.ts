import { refuse } from '../contract/refuse.ts';
import { parseExpression } from '../grammar/expression.ts';
import { Bounded } from '../store/bounded.ts';

/** Longer texts are parsed each time. */
const keptLengthMax = 500;
const bounds = {
  entriesMax: 10_000,
  bytesMax: 8 * 1_024 * 1_024,
  bytesOf: ({ read, write }: Scope): number => 500 + 50 * (read.size + write.size),
};

export type ScopeVerb = 'read' | 'write';

/** What a token may be used for. Frozen. `write(x)` implies `read(x)`. */
export interface Scope {
  readonly read: ReadonlySet<string>;
  readonly write: ReadonlySet<string>;
  allows(verb: ScopeVerb, resource: string): boolean;
}

function scopeOf(read: ReadonlySet<string>, write: ReadonlySet<string>): Scope {
  const allows = (verb: ScopeVerb, resource: string): boolean =>
    write.has('all') || write.has(resource) || (verb === 'read' && (read.has('all') || read.has(resource)));
  return Object.freeze({ read, write, allows });
}

/**
 * `read(all),write(companies,contacts)`, also separated by spaces. `known`: the resources there are.
 * Refuses `scope.malformed`, `scope.unknown`.
 */
export function parseScope(text: string, known: ReadonlySet<string>): Scope {
  // The text comes from callers: bounded in number, length and bytes.
  if (text.length > keptLengthMax) return parse(text, known);
  let ofKnown = parsedScopes.get(known);
  if (!ofKnown) {
    ofKnown = new Bounded(bounds);
    parsedScopes.set(known, ofKnown);
  }
  return ofKnown.keep(text, () => parse(text, known));
}

const parsedScopes = new WeakMap<ReadonlySet<string>, Bounded<Scope>>();

function parse(text: string, known: ReadonlySet<string>): Scope {
  const parsed = parseExpression(separated(text));
  if ('problem' in parsed) refuse('scope.malformed', { detail: parsed.problem });
  if (parsed.items.length === 0) refuse('scope.malformed', { detail: 'it is empty' });
  const verbs = { read: new Set<string>(), write: new Set<string>() };
  for (const { name, list } of parsed.items) {
    if (!list || list.length === 0)
      refuse('scope.malformed', { detail: 'a verb has its resources in parentheses, such as read(all)' });
    if (name !== 'read' && name !== 'write')
      refuse('scope.unknown', { detail: `the verb is not read or write` });
    for (const { name: resource, list: inner } of list) {
      if (inner) refuse('scope.malformed', { detail: 'a resource takes no parentheses' });
      if (resource !== 'all' && !known.has(resource))
        refuse('scope.unknown', { detail: `there is no resource ${resource.slice(0, 60)}` });
      verbs[name].add(resource);
    }
  }
  return scopeOf(verbs.read, verbs.write);
}

// Spaces separate as commas do, outside and inside the parentheses.
const separated = (text: string): string =>
  text
    .trim()
    .split(/[\s,]+/)
    .join(',')
    .replaceAll('(,', '(')
    .replaceAll(',)', ')');

/** Sorted, and without what something else in it implies: two scopes that allow the same print the same. */
export function printScope({ read, write }: Scope): string {
  const writes = write.has('all') ? ['all'] : [...write].sort();
  const others = read.has('all') ? ['all'] : [...read].filter((resource) => !write.has(resource)).sort();
  const reads = write.has('all') ? [] : others;
  return [
    ...(reads.length > 0 ? [`read(${reads})`] : []),
    ...(writes.length > 0 ? [`write(${writes})`] : []),
  ].join(',');
}

/** The form of token answers: RFC 6749, 3.3 has spaces between the parts of a scope, and libraries split it there. */
export const spacedScope = (stored: string): string => stored.replaceAll('),', ') ');

/** Whether everything that `asked` allows, `granted` allows. */
export function covers(granted: Scope, asked: Scope): boolean {
  return (
    [...asked.read].every((resource) => granted.allows('read', resource)) &&
    [...asked.write].every((resource) => granted.allows('write', resource))
  );
}

const storedScopes = new Bounded<Scope>(bounds);

/** From the canonical text kept with a token, or as a token answer has it. */
export function parseStoredScope(text: string): Scope {
  return storedScopes.keep(text, () => {
    const parsed = parseExpression(separated(text));
    const items = 'items' in parsed ? parsed.items : [];
    const names = (verb: ScopeVerb) =>
      new Set(
        items.filter(({ name }) => name === verb).flatMap(({ list }) => (list ?? []).map(({ name }) => name)),
      );
    return scopeOf(names('read'), names('write'));
  });
}
