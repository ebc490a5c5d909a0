import type { Tree } from '../../contract/answer.ts';

// By identity: a frozen tree that many answers contain is written to JSON once.
const texts = new WeakMap<object, string>();

/** Freezes a tree that many answers will contain. `jsonOf` writes it once. */
export function lasting(tree: Tree): Tree {
  if (tree !== null && typeof tree === 'object') texts.set(Object.freeze(tree), jsonOf(tree));
  return tree;
}

/** As `JSON.stringify`, but the text of a lasting tree is reused. */
export function jsonOf(tree: Tree): string {
  if (tree === null || typeof tree !== 'object') return JSON.stringify(tree);
  const known = texts.get(tree);
  if (known !== undefined) return known;
  if (Array.isArray(tree)) return `[${(tree as readonly Tree[]).map(jsonOf).join(',')}]`;
  let out = '';
  // Scalar members are written together: a text of many pieces would have to be joined again for every answer.
  let plain: Record<string, Tree> | undefined;
  const write = (members: string): void => {
    if (members !== '') out += out === '' ? members : `,${members}`;
  };
  const writePlain = (): void => {
    if (plain) write(JSON.stringify(plain).slice(1, -1));
    plain = undefined;
  };
  for (const [key, value] of Object.entries(tree as Readonly<Record<string, Tree>>)) {
    // An assignment to `__proto__` would not make a key.
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
