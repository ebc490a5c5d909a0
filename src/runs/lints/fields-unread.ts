import { type Item, parseExpression } from '../../grammar/expression.ts';
import { type Finding, lint } from '../lint.ts';
import type { Exchange, Recorded } from '../recording/exchange.ts';

interface Use {
  readonly exchanges: Exchange[];
  readonly given: Set<string>;
  readonly read: Set<string>;
}

export default lint({
  level: 'note',
  row: 'ok',
  finds: 'Fields asked for with _fields that the client never reads.',
  instead: 'Ask for the fields that are read, and no more: answers get smaller and quicker.',
  unlooked: ({ reads }) => {
    if (reads.some(({ unseen }) => unseen === undefined)) return undefined;
    return reads.length === 0
      ? 'a server cannot see what a client reads: give the client watch(fetch), and report what it saw'
      : `nothing could be seen: ${reads[0]?.unseen}`;
  },
  look: (recorded) =>
    [...usesOf(recorded)].flatMap(([key, { exchanges, given, read }]): Finding[] => {
      const [what = '', fields = ''] = key.split('\n');
      const unread = askedIn(fields).filter((field) => covers(given, field) && !covers(read, field));
      if (unread.length === 0) return [];
      return [
        {
          message: `${what} asks for ${unread.join(', ')} with _fields, and nobody reads ${unread.length === 1 ? 'it' : 'them'}. Leave out what is not read.`,
          exchanges: exchanges.slice(0, 5),
        },
      ];
    }),
});

/** What was given and read, for each request of the API with the same `_fields`. */
function usesOf({ exchanges, reads }: Recorded): ReadonlyMap<string, Use> {
  const by = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  const uses = new Map<string, Use>();
  for (const { request, given, read, unseen } of reads) {
    const exchange = by.get(request);
    const fields = exchange?.parameters._fields;
    if (!exchange || fields === undefined || unseen !== undefined) continue;
    const key = `${exchange.route ?? `${exchange.method} ${exchange.path}`}\n${fields}`;
    const use = uses.get(key) ?? { exchanges: [], given: new Set(), read: new Set() };
    uses.set(key, use);
    use.exchanges.push(exchange);
    for (const name of given) use.given.add(name);
    for (const name of read) use.read.add(name);
  }
  return uses;
}

/** The fields of an expression as paths: `website,postal_address(city)` is `website` and `postal_address.city`. */
function askedIn(fields: string): readonly string[] {
  const parsed = parseExpression(fields);
  return 'items' in parsed ? parsed.items.flatMap((item) => pathsOf(item, '')) : [];
}

function pathsOf({ name, list }: Item, before: string): readonly string[] {
  // All of them is what nobody can read singly.
  if (name.startsWith('_')) return [];
  if (!list || list.length === 0) return [`${before}${name}`];
  const inner = list.flatMap((item) => pathsOf(item, `${before}${name}.`));
  return inner.length > 0 ? inner : [`${before}${name}`];
}

/** A field itself, or something inside it. */
const covers = (names: ReadonlySet<string>, field: string): boolean =>
  names.has(field) || [...names].some((name) => name.startsWith(`${field}.`));
