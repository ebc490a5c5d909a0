import type { Tree } from '../contract/answer.ts';
import { escapeUnprintable } from '../request/01-transport/yaml.ts';

/**
 * A tree as a YAML document in block style, without aliases. Texts are written as JSON writes them, in double quotes, so no reader takes `"no"` or
 * `"1e3"` for anything else. A library for the whole of YAML takes several times as long, and the server would answer nothing meanwhile.
 */
export function blockYaml(tree: Tree): string {
  const lines: string[] = [];
  writeBlock(tree, '', '', lines);
  return escapeUnprintable(`${lines.join('\n')}\n`);
}

/** Writes a value behind `lead` (`key:` or `-`), or below it when it has parts of its own. */
function writeBlock(tree: Tree, lead: string, indent: string, lines: string[]): void {
  const scalar = scalarOf(tree);
  if (scalar !== undefined) {
    lines.push(lead === '' ? scalar : `${lead} ${scalar}`);
    return;
  }
  if (lead !== '') lines.push(lead);
  if (Array.isArray(tree)) {
    for (const item of tree as readonly Tree[]) writeBlock(item, `${indent}-`, `${indent}  `, lines);
    return;
  }
  for (const [key, value] of Object.entries(tree as { readonly [key: string]: Tree }))
    writeBlock(value, `${indent}${keyOf(key)}:`, `${indent}  `, lines);
}

/** What fits behind its key; `undefined` for what has parts. */
function scalarOf(tree: Tree): string | undefined {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree);
  if (Array.isArray(tree)) return tree.length === 0 ? '[]' : undefined;
  return Object.keys(tree).length === 0 ? '{}' : undefined;
}

/** Words that YAML 1.1 reads as something else than text. */
const reserved = /^(y|n|yes|no|on|off|true|false|null)$/i;

const keyOf = (key: string): string =>
  /^[A-Za-z_$][\w$-]*$/.test(key) && !reserved.test(key) ? key : JSON.stringify(key);
