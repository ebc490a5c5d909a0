import type { Tree } from '../../contract/answer.ts';

export const jsonType = 'application/json; charset=utf-8';

/** A tree as JSON text. */
export function writeJson(tree: Tree): string {
  return JSON.stringify(tree);
}
