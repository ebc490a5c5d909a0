import type { Tree } from '../../contract/answer.ts';

// By identity: what is frozen and asked for again and again is written to JSON once.
const texts = new WeakMap<object, string>();

/** A tree that many answers will hold: `jsonOf` writes it once. */
export function lasting(tree: Tree): Tree {
  if (tree !== null && typeof tree === 'object') texts.set(Object.freeze(tree), jsonOf(tree));
  return tree;
}

/** As `JSON.stringify`, with the text of what is lasting taken as it is. */
export function jsonOf(tree: Tree): string {
  if (tree === null || typeof tree !== 'object') return JSON.stringify(tree);
  const known = texts.get(tree);
  if (known !== undefined) return known;
  if (Array.isArray(tree)) return `[${(tree as readonly Tree[]).map(jsonOf).join(',')}]`;
  let out = '';
  // Values that hold nothing are written together: a text of many pieces has to be put together once more for every answer.
  let plain: Record<string, Tree> | undefined;
  const write = (members: string): void => {
    if (members !== '') out += out === '' ? members : `,${members}`;
  };
  const writePlain = (): void => {
    if (plain) write(JSON.stringify(plain).slice(1, -1));
    plain = undefined;
  };
  for (const [key, value] of Object.entries(tree as Readonly<Record<string, Tree>>)) {
    // Assigned, `__proto__` would be no key.
    if (key !== '__proto__' && (value === null || typeof value !== 'object')) {
      plain ??= {};
      plain[key] = value;
    } else {
      writePlain();
      write(`${JSON.stringify(key)}:${jsonOf(value)}`);
    }
  }
  writePlain();
  return `{${out}}`;
}
