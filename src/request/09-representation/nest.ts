import type { Tree } from '../../contract/answer.ts';
import type { Row } from '../../store/store.ts';
import type { Loaded } from '../08-operation/outcome.ts';
import { breadcrumbsOnWire, referenceOnWire, valueOnWire } from './wire.ts';

/** Rows as trees, for formats other than JSON (and for those that wrap them). */
export const treesOf = (loaded: Loaded): readonly Tree[] => loaded.rows.map((row) => treeOf(loaded, row));

function treeOf(loaded: Loaded, row: Row): Tree {
  const out: Record<string, Tree> = {};
  for (const entry of loaded.selection.entries) {
    if (entry.as === 'value') out[entry.name] = valueOnWire(entry, row[entry.at] ?? null);
    else if (entry.as === 'reference')
      out[entry.name] = referenceOnWire(entry, row[entry.at] ?? null, row[entry.idAt] ?? null);
    else if (entry.as === 'made') {
      const value = entry.of(entry.at.map((at) => row[at] ?? null));
      if (value !== undefined) out[entry.name] = value;
    } else if (entry.as === 'object') {
      const linked = loaded.linked.get(entry);
      const target = linked?.byId.get(row[entry.at] as number);
      out[entry.name] = linked && target ? treeOf(linked.loaded, target) : null;
    } else if (entry.as === 'objects') {
      const listed = loaded.listed.get(entry);
      const own = listed?.byRow.get(row[0] as number) ?? [];
      out[entry.name] = own.map((each) => (listed ? treeOf(listed.loaded, each) : null));
    } else {
      out[entry.name] = breadcrumbsOnWire(entry, loaded.breadcrumbs?.get(row[0] as number) ?? []);
    }
  }
  return out;
}
