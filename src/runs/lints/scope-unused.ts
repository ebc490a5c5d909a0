import { parseStoredScope } from '../../identity/scope.ts';
import { type Finding, lint } from '../lint.ts';
import type { Exchange } from '../recording/exchange.ts';

/** What was used of a scope that was granted, by its text. */
interface Use {
  readonly exchanges: Exchange[];
  readonly read: Set<string>;
  readonly written: Set<string>;
}

export default lint({
  level: 'note',
  row: 'scope.exceeded',
  finds: 'Scope that was granted to a token of the run, and that no call has used.',
  instead: 'Ask for the verbs and resources that are used, and no more.',
  look: ({ exchanges }) => {
    const granted = new Map<string, string>();
    const uses = new Map<string, Use>();
    for (const exchange of exchanges) {
      const { given } = exchange.answer;
      if (given?.scope !== undefined) granted.set(given.access, given.scope);
      const scope = exchange.scope ?? granted.get(exchange.token ?? '');
      if (scope === undefined || exchange.needs === undefined || exchange.status !== 'ok') continue;
      const use = uses.get(scope) ?? { exchanges: [], read: new Set(), written: new Set() };
      uses.set(scope, use);
      if (use.exchanges.length < 5) use.exchanges.push(exchange);
      const { verb, resources } = exchange.needs;
      for (const resource of resources) (verb === 'read' ? use.read : use.written).add(resource);
      for (const name of embedded(exchange)) use.read.add(name);
    }
    return [...uses].flatMap(([scope, use]): Finding[] => {
      const { read, write } = parseStoredScope(scope);
      const unused = [
        ...[...read].filter((name) => !touches(use.read, name)).map((name) => `read(${name})`),
        ...[...write].filter((name) => !touches(use.written, name)).map((name) => `write(${name})`),
      ];
      if (unused.length === 0) return [];
      const used = [
        ...[...use.read].map((name) => `read(${name})`),
        ...[...use.written].map((name) => `write(${name})`),
      ];
      return [
        {
          message: `The token was granted ${scope}, and the run needed only ${used.join(', ')}: ask for that.`,
          exchanges: use.exchanges,
        },
      ];
    });
  },
});

const touches = (used: ReadonlySet<string>, name: string): boolean =>
  name === 'all' ? used.size > 0 : used.has(name);

/** The resources whose objects `_fields` embeds, by every name they may go by: rather one too many than a false alarm. */
function embedded({ parameters }: Exchange): readonly string[] {
  const names = (parameters._fields ?? '').match(/[a-z_]+(?=\s*\()/g) ?? [];
  return names.flatMap((name) => [name, `${name}s`, name.replace(/y$/, 'ies')]);
}
