import type { Tree } from '../../contract/answer.ts';
import type { Row } from '../../store/store.ts';
import type { Selection, SelectionEntry } from '../06-parameters/fields.ts';
import type { Loaded } from '../08-operation/outcome.ts';
import { breadcrumbsOnWire, referenceOnWire, valueOnWire } from './wire.ts';

/** The value of one key; `undefined`: this row does not have the key. */
type Reader = (row: Row, loaded: Loaded) => Tree | undefined;

interface Plan {
  readonly names: readonly string[];
  readonly readers: readonly Reader[];
  /** The start of each tree. Objects that have all keys from the start share one shape, and V8 writes those to JSON fastest. */
  readonly blank: Readonly<Record<string, Tree>>;
}

// Selections are cached and used by many requests. What is the same for every row is made once.
const known = new WeakMap<Selection, Plan>();

/** Rows as trees, which every format is written from. */
export function treesOf(loaded: Loaded): readonly Tree[] {
  const plan = planOf(loaded.selection);
  return loaded.rows.map((row) => treeOf(plan, row, loaded));
}

function treeOf({ names, readers, blank }: Plan, row: Row, loaded: Loaded): Tree {
  const out: Record<string, Tree> = { ...blank };
  for (let i = 0; i < readers.length; i++) {
    const value = (readers[i] as Reader)(row, loaded);
    if (value !== undefined) out[names[i] as string] = value;
  }
  return out;
}

function planOf(selection: Selection): Plan {
  let plan = known.get(selection);
  if (!plan) {
    const { entries } = selection;
    // Keys keep the order of the selection. Where a key can be absent, no object can have all keys from the start.
    const whole = entries.every(({ as }) => as !== 'made');
    plan = {
      names: entries.map(({ name }) => name),
      readers: entries.map(readerOf),
      blank: whole ? Object.fromEntries(entries.map(({ name }) => [name, null])) : {},
    };
    known.set(selection, plan);
  }
  return plan;
}

function readerOf(entry: SelectionEntry): Reader {
  switch (entry.as) {
    case 'value':
      return (row) => valueOnWire(entry, row[entry.at] ?? null);
    case 'reference':
      return (row) => referenceOnWire(entry, row[entry.at] ?? null, row[entry.idAt] ?? null);
    case 'made':
      return (row) => entry.of(entry.at.map((at) => row[at] ?? null));
    case 'object':
      return (row, loaded) => {
        const linked = loaded.linked.get(entry);
        const target = linked?.byId.get(row[entry.at] as number);
        return linked && target ? treeOf(planOf(entry.selection), target, linked.loaded) : null;
      };
    case 'objects':
      return (row, loaded) => {
        const listed = loaded.listed.get(entry);
        const own = listed?.byRow.get(row[0] as number) ?? [];
        return own.map((each) => (listed ? treeOf(planOf(entry.selection), each, listed.loaded) : null));
      };
    case 'breadcrumbs':
      return (row, loaded) => breadcrumbsOnWire(entry, loaded.breadcrumbs?.get(row[0] as number) ?? []);
  }
}
