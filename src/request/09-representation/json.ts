import type { Row } from '../../store/store.ts';
import type { Entry } from '../06-parameters/fields.ts';
import type { Loaded } from '../08-operation/outcome.ts';
import { referenceOnWire, valueOnWire } from './wire.ts';

/**
 * Rows straight to JSON text, without a tree between: a list is the hot path, and `JSON.stringify` over objects made for it costs
 * nearly twice as much. Says the same as `nest.ts`, which a test holds it to.
 */
export function jsonOfRows(loaded: Loaded): string {
  let out = '[';
  for (let i = 0; i < loaded.rows.length; i++)
    out += (i > 0 ? ',' : '') + jsonOfRow(loaded, loaded.rows[i] as Row);
  return `${out}]`;
}

export function jsonOfRow(loaded: Loaded, row: Row): string {
  const { entries } = loaded.selection;
  let out = '{';
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    out += `${i > 0 ? ',' : ''}"${entry.name}":`;
    if (entry.as === 'value') {
      const value = valueOnWire(entry, row[entry.at] ?? null);
      // Only text can hold what JSON escapes.
      out +=
        value === null
          ? 'null'
          : entry.field.kind.column === 'integer'
            ? `"${value}"`
            : JSON.stringify(value);
    } else if (entry.as === 'reference') {
      const value = referenceOnWire(entry, row[entry.at] ?? null, row[entry.idAt] ?? null);
      out += value === null ? 'null' : JSON.stringify(value);
    } else if (entry.as === 'object') {
      const linked = loaded.linked.get(entry);
      const target = linked?.byId.get(row[entry.at] as number);
      out += linked && target ? jsonOfRow(linked.loaded, target) : 'null';
    } else {
      const trail = loaded.breadcrumbs?.get(row[0] as number) ?? [];
      out += JSON.stringify(trail.map(({ id, table, title }) => ({ id: String(id), table, title })));
    }
  }
  return `${out}}`;
}
