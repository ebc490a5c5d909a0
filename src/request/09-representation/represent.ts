import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Format, Tree } from '../../contract/answer.ts';
import type { Row } from '../../store/store.ts';
import type { Outcome } from '../08-operation/outcome.ts';
import { tokenInfo, userAnswer } from './account.ts';
import { jsonOfRow, jsonOfRows } from './json.ts';
import { treesOf } from './nest.ts';

/** The `response` of an envelope: as JSON text, or as the tree that other formats are written from. */
export type Represented = { readonly json: string } | { readonly tree: Tree };

/** An outcome as the caller's format wants it. Pure. Refuses `data.corrupt`. */
export function represent(outcome: Outcome, format: Format, catalogue: Catalogue): Represented {
  return format === 'json' ? { json: jsonOf(outcome, catalogue) } : { tree: treeOf(outcome, catalogue) };
}

export function jsonOf(outcome: Outcome, catalogue: Catalogue): string {
  switch (outcome.as) {
    case 'list':
      return jsonOfRows(outcome.loaded);
    case 'object':
      return jsonOfRow(outcome.loaded, outcome.loaded.rows[0] as Row);
    case 'count':
      return `{"count":"${outcome.count}"}`;
    case 'nothing':
      return 'null';
    case 'replayed':
      return outcome.json;
    case 'tree':
      return JSON.stringify(outcome.tree);
    case 'joined':
    case 'account':
      return JSON.stringify(treeOf(outcome, catalogue));
    case 'lists': {
      const beside = Object.entries(outcome.beside ?? {}).map(([key, tree]) => `${JSON.stringify(key)}:${JSON.stringify(tree)}`);
      const lists = Object.entries(outcome.lists).map(([key, loaded]) => `${JSON.stringify(key)}:${jsonOfRows(loaded)}`);
      return `{${[...beside, ...lists].join(',')}}`;
    }
  }
}

function treeOf(outcome: Outcome, catalogue: Catalogue): Tree {
  switch (outcome.as) {
    case 'list':
      return treesOf(outcome.loaded);
    case 'object':
      return treesOf(outcome.loaded)[0] ?? null;
    case 'count':
      return { count: String(outcome.count) };
    case 'nothing':
      return null;
    case 'replayed':
      return JSON.parse(outcome.json) as Tree;
    case 'tree':
      return outcome.tree;
    case 'joined': {
      const trees = new Map(treesOf(outcome.loaded).map((tree, i) => [outcome.loaded.rows[i]?.[0], tree]));
      return outcome.beside.flatMap(({ id, with: more }) => {
        const tree = trees.get(id);
        return tree ? [{ ...(tree as object), ...(more as object) } as Tree] : [];
      });
    }
    case 'account':
      return outcome.show === 'user'
        ? userAnswer(catalogue, outcome.deployment, outcome.account)
        : tokenInfo(outcome.deployment, outcome.account, outcome.expires ?? 0);
    case 'lists':
      return { ...outcome.beside, ...Object.fromEntries(Object.entries(outcome.lists).map(([key, loaded]) => [key, treesOf(loaded)])) };
  }
}
