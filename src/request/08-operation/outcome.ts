import type { FileBody, Tree } from '../../contract/answer.ts';
import type { Range } from '../../files/files.ts';
import type { Deployment } from '../../identity/deployments.ts';
import type { Row } from '../../store/store.ts';
import type { Selection, SelectionEntry } from '../06-parameters/fields.ts';
import type { Ignored } from '../06-parameters/ignored.ts';
import type { Account } from './account.ts';

export interface Breadcrumb {
  readonly id: number;
  readonly table: string;
  readonly title: string;
}

/** Rows of one selection, with the objects that their entries embed, level by level. */
export interface Loaded {
  readonly selection: Selection;
  readonly rows: readonly Row[];
  /** By entry: the objects it embeds, by their id. */
  readonly linked: ReadonlyMap<
    SelectionEntry,
    { readonly loaded: Loaded; readonly byId: ReadonlyMap<number, Row> }
  >;
  /** By entry: the objects of each row of a list of them, by the id of the row. */
  readonly listed: ReadonlyMap<
    SelectionEntry,
    { readonly loaded: Loaded; readonly byRow: ReadonlyMap<number, readonly Row[]> }
  >;
  /** By the id of the row, the nearest parent first. */
  readonly breadcrumbs: ReadonlyMap<number, readonly Breadcrumb[]> | undefined;
}

/** Objects of `loaded`, one for each of `beside` (the same one may come twice), with the keys of `with` added. */
export interface Joined {
  readonly loaded: Loaded;
  readonly beside: readonly { readonly id: number; readonly with: Tree }[];
}

/** A thread of objects: how many it has, and the ids of those that are shown. */
export interface Thread {
  readonly id: number;
  readonly event: string;
  readonly total: number;
  readonly show: readonly number[];
}

/** A file to be sent: all of it, a part of it, or nothing because the client has it already. */
export interface FileFound {
  readonly title: string;
  readonly mimetype: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly send: 'whole' | Range | 'unchanged';
  readonly content: FileBody['content'];
}

/** What an operation found or did: facts, not yet an answer. `ignored`: unknown filters of a verb that reads its filters itself. */
export type Outcome = Found & { readonly ignored?: Ignored };

type Found =
  | { readonly as: 'list'; readonly loaded: Loaded }
  | { readonly as: 'object'; readonly loaded: Loaded }
  | { readonly as: 'count'; readonly count: number }
  | { readonly as: 'nothing' }
  | { readonly as: 'tree'; readonly tree: Tree }
  /** Lists under their own keys, each a key of the answer. */
  | {
      readonly as: 'lists';
      readonly lists: Readonly<Record<string, Loaded>>;
      readonly joined: Readonly<Record<string, Joined>>;
    }
  | ({ readonly as: 'joined' } & Joined)
  /** `{threads: […]}`, or `{thread: {…}}` for a single one: groups of the objects of `loaded`. */
  | {
      readonly as: 'threads';
      readonly loaded: Loaded;
      readonly threads: readonly Thread[];
      readonly single?: true;
    }
  /** Who acts: the answer of `user`, or of `tokeninfo`. */
  | {
      readonly as: 'account';
      readonly account: Account;
      readonly deployment: Deployment;
      readonly show: 'user' | 'token';
      readonly expires?: number;
    }
  | ({ readonly as: 'file' } & FileFound)
  /** The answer to an earlier request with the same idempotency key: the JSON of its `response`. */
  | { readonly as: 'replayed'; readonly json: string };
