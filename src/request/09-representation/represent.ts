import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Tree } from '../../contract/answer.ts';
import type { FileFound, Joined, Loaded, Outcome } from '../08-operation/outcome.ts';
import { tokenInfo, userAnswer } from './account.ts';
import { treesOf } from './nest.ts';

/** The `response` of an envelope, which every format is written from; or a file, which has no envelope. */
export type Represented = { readonly tree: Tree } | { readonly file: FileFound };

/** An outcome as it is answered. Pure. Refuses `data.corrupt`. */
export const represent = (outcome: Outcome, catalogue: Catalogue): Represented =>
  outcome.as === 'file' ? { file: outcome } : { tree: responseTree(outcome, catalogue) };

/** The `response` of an outcome that is not a file. */
export function responseTree(outcome: Outcome, catalogue: Catalogue): Tree {
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
    case 'joined':
      return joinedTrees(outcome);
    case 'threads': {
      const trees = byId(outcome.loaded);
      const threads = outcome.threads.map(({ id, event, total, show }) => ({
        id: String(id),
        event_text: event,
        activities: show.flatMap((member) => trees.get(member) ?? []),
        total_activities: String(total),
      }));
      return outcome.single ? { thread: threads[0] ?? null } : { threads };
    }
    case 'account':
      return outcome.show === 'user'
        ? userAnswer(catalogue, outcome.deployment, outcome.account)
        : tokenInfo(outcome.deployment, outcome.account, outcome.expires ?? 0);
    case 'file':
      throw new Error('a file has no envelope');
    case 'lists': {
      const plain = Object.entries(outcome.lists).map(([key, loaded]) => [key, treesOf(loaded)]);
      const joined = Object.entries(outcome.joined).map(([key, each]) => [key, joinedTrees(each)]);
      return Object.fromEntries([...plain, ...joined]);
    }
  }
}

const byId = (loaded: Loaded): ReadonlyMap<number, Tree> =>
  new Map(treesOf(loaded).map((tree, i) => [loaded.rows[i]?.[0] as number, tree]));

function joinedTrees({ loaded, beside }: Joined): readonly Tree[] {
  const trees = byId(loaded);
  return beside.flatMap(({ id, with: more }) => {
    const tree = trees.get(id);
    return tree ? [{ ...(tree as object), ...(more as object) } as Tree] : [];
  });
}
