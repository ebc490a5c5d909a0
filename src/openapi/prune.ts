import type { Tree } from '../contract/answer.ts';
import type { Schema } from './schemas.ts';

type Components = Readonly<Record<string, Readonly<Record<string, Schema>>>>;

/** Those components that something of `used` refers to, straight or through another one. */
export function referredTo(components: Components, used: Tree): Components {
  const found = new Set<string>();
  const waiting: Tree[] = [used];
  for (let tree = waiting.pop(); tree !== undefined; tree = waiting.pop()) {
    for (const [, kind = '', name = ''] of JSON.stringify(tree).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    )) {
      const one = components[kind]?.[name];
      if (!one) throw new Error(`nothing is ${kind}/${name}`);
      if (found.has(`${kind}/${name}`)) continue;
      found.add(`${kind}/${name}`);
      waiting.push(one);
    }
  }
  const kept = (kind: string, all: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => found.has(`${kind}/${name}`)));
  return Object.fromEntries(Object.entries(components).map(([kind, all]) => [kind, kept(kind, all)]));
}
