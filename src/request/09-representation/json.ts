import type { Row } from '../../store/store.ts';
import type { Entry, Selection } from '../06-parameters/fields.ts';
import type { Loaded } from '../08-operation/outcome.ts';
import { breadcrumbsOnWire, referenceOnWire, valueOnWire } from './wire.ts';

/** Writes one key and its value, comma included. */
type Writer = (row: Row, loaded: Loaded) => string;

interface Plan {
  readonly writers: readonly Writer[];
  /** The first key may be left out. */
  readonly open: boolean;
}

// A selection is asked for again and again: what is the same for every row is made once.
const known = new WeakMap<Selection, Plan>();

/**
 * Rows straight to JSON text, without a tree between: a list is the hot path, and `JSON.stringify` over objects made for it costs
 * nearly twice as much. Says the same as `nest.ts`, which a test holds it to.
 */
export function jsonOfRows(loaded: Loaded): string {
  const plan = planOf(loaded.selection);
  let out = '[';
  for (let i = 0; i < loaded.rows.length; i++)
    out += (i > 0 ? ',' : '') + objectOf(plan, loaded.rows[i] as Row, loaded);
  return `${out}]`;
}

export const jsonOfRow = (loaded: Loaded, row: Row): string =>
  objectOf(planOf(loaded.selection), row, loaded);

function objectOf({ writers, open }: Plan, row: Row, loaded: Loaded): string {
  let out = '';
  for (const write of writers) out += write(row, loaded);
  return open && out.charCodeAt(0) === comma ? `{${out.slice(1)}}` : `{${out}}`;
}

const comma = 44;

function planOf(selection: Selection): Plan {
  let found = known.get(selection);
  if (!found) {
    const { entries } = selection;
    found = {
      writers: entries.map((entry, i) => writerOf(entry, `${i > 0 ? ',' : ''}"${entry.name}":`)),
      open: entries[0]?.as === 'made',
    };
    known.set(selection, found);
  }
  return found;
}

function writerOf(entry: Entry, key: string): Writer {
  const absent = `${key}null`;
  const quoted = `${key}"`;
  if (entry.as === 'value') {
    const { at } = entry;
    // Only text can hold what JSON escapes.
    if (entry.field.kind.column === 'integer') {
      return (row) => {
        const value = valueOnWire(entry, row[at] ?? null);
        return value === null ? absent : `${quoted}${value}"`;
      };
    }
    return (row) => {
      const value = valueOnWire(entry, row[at] ?? null);
      return value === null ? absent : key + quote(value);
    };
  }
  if (entry.as === 'reference') {
    return (row) => {
      const value = referenceOnWire(entry, row[entry.at] ?? null, row[entry.idAt] ?? null);
      return value === null ? absent : key + JSON.stringify(value);
    };
  }
  if (entry.as === 'made') {
    const { at, of } = entry;
    return (row) => {
      const value = of(at.map((each) => row[each] ?? null));
      return value === undefined ? '' : key + JSON.stringify(value);
    };
  }
  if (entry.as === 'object') {
    return (row, loaded) => {
      const linked = loaded.linked.get(entry);
      const target = linked?.byId.get(row[entry.at] as number);
      return linked && target ? key + jsonOfRow(linked.loaded, target) : absent;
    };
  }
  if (entry.as === 'objects') {
    return (row, loaded) => {
      const listed = loaded.listed.get(entry);
      const own = listed?.byRow.get(row[0] as number) ?? [];
      return `${key}[${own.map((each) => (listed ? jsonOfRow(listed.loaded, each) : '')).join(',')}]`;
    };
  }
  return (row, loaded) =>
    key + JSON.stringify(breadcrumbsOnWire(entry, loaded.breadcrumbs?.get(row[0] as number) ?? []));
}

// What JSON escapes, and halves of pairs, which it escapes when they stand alone.
const escaped = /["\\]|[^ -\ud7ff\ue000-\uffff]/;

/** As `JSON.stringify`, which most texts do not need. */
const quote = (text: string): string => (escaped.test(text) ? JSON.stringify(text) : `"${text}"`);
