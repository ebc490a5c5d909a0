import { hash } from 'node:crypto';
import { Bounded } from './bounded.ts';
import type { Condition, Query } from './query.ts';
import { indexName, type Table } from './schema.ts';
import {
  candidatesIn,
  columnIn,
  conjunctsOf,
  type IndexCandidate,
  indicesOfTable,
  plainColumn,
  type TableIndices,
} from './table-indices.ts';

/** Which index a query uses. */
export interface IndexHint {
  /** Without any hint: the engine rejected one. */
  readonly unhinted?: true;
  /** `primaryKey` is the table's own; `undefined`: the engine may choose. */
  readonly index?: string | undefined;
  /** The one text of a search that is looked up in the index of words; `position`: which of the texts of the query it is. */
  readonly wordSearch?: { readonly condition: Condition; readonly position: number } | undefined;
}

/** How many rows a query finds with this hint, counted no further than the query's limit. */
export type CountRows = (query: Query, hint: IndexHint) => Promise<number>;

export const primaryKey = 'key';

/** Rows that are read and sorted in about the time a request takes. */
const fewRowsMax = 2_000;
/** Rows that have a part of a word: scanning for it takes longer. */
const fewWordRowsMax = 10_000;
/** How long it is remembered whether few rows meet a condition. */
const rememberedMs = 30_000;
const rememberedMax = 5_000;
const rememberedBytesMax = 4 * 1_024 * 1_024;
/** Conditions that are counted before an index is chosen without counting. */
const countsMax = 8;
/** Longer texts are remembered by their digest. */
const textLengthMax = 100;
/** Shorter texts are not in the index of words. */
const wordLengthMin = 3;

interface Remembered {
  known: { readonly few: boolean; readonly until: number } | undefined;
}

/** One query to advise on. */
interface Advised {
  readonly deployment: number;
  readonly table: string;
  readonly count: CountRows;
}

/**
 * Chooses the index of a query, for an engine that does not know how many rows a value has (SQLite keeps no such count, and takes all rows of
 * a deployment for ten). A condition that few rows meet decides: its index is used, and what it finds is sorted. Where many rows meet every
 * condition the order decides: its index is used, and the page is full soon. Few or many is found out by counting in the index, no further than
 * `fewRowsMax`, and remembered for a while.
 */
export class IndexAdvisor {
  readonly #indices: ReadonlyMap<string, TableIndices>;
  /** The searched columns of a table. */
  readonly #searched: ReadonlyMap<string, string>;
  /** An index whose entries are smaller than rows, and there are as many. */
  readonly #narrowest: ReadonlyMap<string, string>;
  #remembered = remembering();
  #forgetAt = performance.now() + rememberedMs;

  constructor(tables: readonly Table[]) {
    this.#indices = new Map(tables.map((table) => [table.name, indicesOfTable(table)]));
    this.#searched = new Map(
      tables
        .filter(({ searched }) => searched.length > 0)
        .map(({ name, searched }) => [name, searched.join()]),
    );
    this.#narrowest = new Map(
      tables.flatMap(({ name, indices }) => {
        const columns = indices.find(({ length }) => length === 1);
        return columns ? [[name, indexName(name, columns)] as const] : [];
      }),
    );
  }

  /** The index of one column, if there is one. */
  indexOf(table: string, column: string): string | undefined {
    return this.#indices.get(table)?.single.get(column);
  }

  async choose(deployment: number, query: Query, count: CountRows): Promise<IndexHint> {
    const { table, where } = query;
    const indices = this.#indices.get(table);
    if (!indices) return {};
    const conditions = conjunctsOf(where);
    const candidates = candidatesIn(conditions, indices);
    if (candidates === undefined) return {};
    const advised: Advised = { deployment, table, count };
    const wordSearch = await this.#wordSearch(advised, conditions);
    if (wordSearch) return { index: primaryKey, wordSearch };
    if (query.select === 'count') {
      const single = candidates.find((candidate) => candidate.single)?.index;
      return { index: single ?? (conditions.length === 0 ? this.#narrowest.get(table) : undefined) };
    }
    const [first] = query.order;
    if (!first) return { index: candidates[0]?.index };
    return { index: await this.#forOrder(advised, candidates, plainColumn(first.by)) };
  }

  async #forOrder(
    advised: Advised,
    candidates: readonly IndexCandidate[],
    by: string | undefined,
  ): Promise<string | undefined> {
    const ordered = this.#ordering(advised.table, by);
    const inOrder = ({ column, single }: IndexCandidate): boolean =>
      column === by || (ordered === primaryKey && single);
    const [only] = candidates;
    // Its rows come in the order of the query, however many they are.
    if (only && candidates.length === 1 && inOrder(only)) return only.index;
    for (const { condition, index } of candidates.slice(0, countsMax))
      if (await this.#isMetByFew(advised, condition, { index }, fewRowsMax)) return index;
    return candidates.find(inOrder)?.index ?? ordered ?? only?.index;
  }

  /** The index that has all rows in the order of a column. */
  #ordering(table: string, by: string | undefined): string | undefined {
    if (by === 'id') return primaryKey;
    const indices = this.#indices.get(table);
    return by === undefined || indices?.sparse.has(by) ? undefined : indices?.single.get(by);
  }

  async #wordSearch(advised: Advised, conditions: readonly Condition[]): Promise<IndexHint['wordSearch']> {
    const columns = this.#searched.get(advised.table);
    if (!columns) return undefined;
    const searches = conditions.filter((each) => 'contains' in each);
    for (const [position, condition] of searches.entries()) {
      if ([...condition.contains].length < wordLengthMin) continue;
      const own = condition.on.flatMap((each) => plainColumn(each) ?? []);
      if (own.join() !== columns) continue;
      const alone = { wordSearch: { condition, position: 0 } };
      if (await this.#isMetByFew(advised, condition, alone, fewWordRowsMax)) return { condition, position };
    }
    return undefined;
  }

  /** Whether `rowsMax` rows at the most meet one condition. */
  async #isMetByFew(
    { deployment, table, count }: Advised,
    where: Condition,
    hint: IndexHint,
    rowsMax: number,
  ): Promise<boolean> {
    const now = performance.now();
    if (now > this.#forgetAt) {
      this.#remembered = remembering();
      this.#forgetAt = now + rememberedMs;
    }
    const slot = this.#remembered.keep(`${deployment} ${table} ${textOf(where)}`, () => ({
      known: undefined,
    }));
    if (slot.known && slot.known.until > now) return slot.known.few;
    const query: Query = { table, select: 'count', where, order: [], limit: rowsMax + 1, offset: 0 };
    const few = (await count(query, hint)) <= rowsMax;
    slot.known = { few, until: now + rememberedMs };
    return few;
  }
}

const remembering = (): Bounded<Remembered> =>
  new Bounded({ entriesMax: rememberedMax, bytesMax: rememberedBytesMax, bytesOf: () => 100 });

/** The same for the same condition only. */
function textOf(where: Condition): string {
  const column = columnIn(where);
  const text =
    column !== undefined && 'test' in where
      ? `${column} ${where.test} ${typeof where.value} ${where.value}`
      : JSON.stringify(where);
  return text.length > textLengthMax ? `# ${hash('sha256', text, 'base64url')}` : text;
}
