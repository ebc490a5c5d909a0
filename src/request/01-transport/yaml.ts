import { createRequire } from 'node:module';
import type { Tree } from '../../contract/answer.ts';

export const yamlType = 'application/yaml; charset=utf-8';

let library: typeof import('yaml') | undefined;

/**
 * A tree as a YAML document. Every string and every key is in double quotes, so that `"12"`, `"no"` and `"1e3"` are text for any
 * reader of YAML 1.1 or 1.2.
 */
export function writeYaml(tree: Tree): string {
  // Loaded for the first answer in YAML: most servers never write one, and loading costs start-up time and memory.
  library ??= createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const text = library.stringify(tree, {
    aliasDuplicateObjects: false,
    defaultKeyType: 'QUOTE_DOUBLE',
    defaultStringType: 'QUOTE_DOUBLE',
    lineWidth: 0,
  });
  return escapeUnprintable(text);
}

// YAML 1.2, 5.1: not printable, so only allowed when escaped; the library leaves them bare, and strict readers refuse them.
// All of them stand within double quotes.
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Escapes what YAML allows only escaped, in a document whose texts are all in double quotes. */
export const escapeUnprintable = (document: string): string => document.replace(unprintable, escapeUnit);

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
