import type { Tree } from '../../contract/answer.ts';
import type { Deployment } from '../../identity/deployments.ts';
import type { Row } from '../../store/store.ts';
import type { Account } from './account.ts';
import type { Entry, Selection } from '../06-parameters/fields.ts';

export interface Breadcrumb {
  readonly id: number;
  readonly table: string;
  readonly title: string;
}

/** Rows of one selection, with what their embedded entries lead to, level by level. */
export interface Loaded {
  readonly selection: Selection;
  readonly rows: readonly Row[];
  /** By entry: the objects it embeds, by their id. */
  readonly linked: ReadonlyMap<Entry, { readonly loaded: Loaded; readonly byId: ReadonlyMap<number, Row> }>;
  /** By the id of the row, nearest first. */
  readonly breadcrumbs: ReadonlyMap<number, readonly Breadcrumb[]> | undefined;
}

/** What an operation found or did: facts, not yet an answer. */
export type Outcome =
  | { readonly as: 'list'; readonly loaded: Loaded }
  | { readonly as: 'object'; readonly loaded: Loaded }
  | { readonly as: 'count'; readonly count: number }
  | { readonly as: 'nothing' }
  | { readonly as: 'tree'; readonly tree: Tree }
  /** Lists under their own key, such as `{"threads": […]}`; beside them, ready values. */
  | { readonly as: 'lists'; readonly lists: Readonly<Record<string, Loaded>>; readonly beside?: Readonly<Record<string, Tree>> }
  /** Objects of `loaded`, one for each of `beside` (the same one may come twice), with the keys of `with` added. */
  | { readonly as: 'joined'; readonly loaded: Loaded; readonly beside: readonly { readonly id: number; readonly with: Tree }[] }
  /** Who acts: the answer of `user`, or of `tokeninfo`. */
  | { readonly as: 'account'; readonly account: Account; readonly deployment: Deployment; readonly show: 'user' | 'token'; readonly expires?: number }
  /** An answer that was given before to the same idempotency key: the JSON of its `response`. */
  | { readonly as: 'replayed'; readonly json: string };
