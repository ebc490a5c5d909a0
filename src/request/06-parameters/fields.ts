import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Field, Made } from '../../catalogue/fields.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import { Bounded } from '../../store/bounded.ts';
import type { Expression } from '../../store/query.ts';
import { buildSelection } from './build-selection.ts';

/** One key of an answered object. */
export type SelectionEntry =
  | { readonly name: string; readonly as: 'value'; readonly at: number; readonly field: Field }
  /** `"<plural>/<id>"` of two columns; `plurals` by singular. */
  | {
      readonly name: string;
      readonly as: 'reference';
      readonly at: number;
      readonly idAt: number;
      readonly plurals: ReadonlyMap<string, string>;
    }
  /** The object whose id is at `at`. */
  | { readonly name: string; readonly as: 'object'; readonly at: number; readonly selection: Selection }
  /** Made of the values at these places. */
  | { readonly name: string; readonly as: 'made'; readonly at: readonly number[]; readonly of: Made['of'] }
  /** The objects of `selection` that the rows of another resource tie to this one. */
  | { readonly name: string; readonly as: 'objects'; readonly selection: Selection; readonly tie: ObjectTie }
  /** `of`: the title of the parent, or what is above it, instead. */
  | { readonly name: string; readonly as: 'breadcrumbs'; readonly of?: 'title' | 'above' };

/** Columns of the rows of `table` that tie objects to one another. */
export interface ObjectTie {
  readonly table: string;
  readonly type: string;
  readonly id: string;
  readonly link: string;
}

/** What to read of each object of a resource, and how to answer it. Frozen, cached by its text, and shared by requests. */
export interface Selection {
  readonly resource: Resource;
  /** The first is always the id. */
  readonly columns: readonly Expression[];
  /** Which of the columns are masked in confidential rows. */
  readonly masked: ReadonlySet<number>;
  /** Which of the columns only full financial access may see. */
  readonly financial: ReadonlySet<number>;
  readonly entries: readonly SelectionEntry[];
  /** Names of the scopes of all objects embedded, at any depth. */
  readonly reaches: ReadonlySet<string>;
  readonly embeds: boolean;
}

export interface Selections {
  /** The selection that `_fields` asks for. Refuses `parameter.invalid` when it cannot be read. */
  select(resource: Resource, fields: ParameterValue | undefined, hideDefaults: boolean): Selection;
}

// The key comes from callers, so the cache is bounded in number, length and bytes. A short text can ask for many objects within objects.
const cachedMax = 1_000;
const cachedKeyLengthMax = 500;
const cachedBytesMax = 16 * 1_024 * 1_024;
const bytesOfEntry = 500;
/** In all texts of a list together. */
const namesMax = 10_000;

export function createSelections(catalogue: Catalogue): Selections {
  const cache = new Bounded<Selection>({ entriesMax: cachedMax, bytesMax: cachedBytesMax, bytesOf });
  const plurals = new Map(
    [...catalogue.bySingular.values()].map(({ singular, plural }) => [singular, plural]),
  );
  const source = { catalogue, plurals };
  return Object.freeze<Selections>({
    select: (resource, fields, hideDefaults) => {
      // A text may look like a list, or a number: the key says which of them was sent.
      const sent = typeof fields === 'string' ? `text ${fields}` : `json ${JSON.stringify(fields ?? null)}`;
      const key = `${resource.name} ${hideDefaults ? '-' : '+'} ${sent}`;
      const make = () => buildSelection(source, resource, fieldNamesIn(fields), hideDefaults);
      return key.length > cachedKeyLengthMax ? make() : cache.keep(key, make);
    },
  });
}

const bytesOf = ({ columns, entries }: Selection): number =>
  entries.reduce(
    (sum, entry) => sum + bytesOfEntry + ('selection' in entry ? bytesOf(entry.selection) : 0),
    columns.length * bytesOfEntry,
  );

/** From a text, or (in JSON bodies) a list of texts. */
function fieldNamesIn(fields: ParameterValue | undefined): readonly Item[] {
  if (fields === undefined || fields === null || fields === '') return [];
  const texts: readonly unknown[] = Array.isArray(fields) ? fields : [fields];
  const items = texts.flatMap((text) => {
    if (typeof text !== 'string')
      refuse('parameter.invalid', { field: '_fields', detail: 'a text or a list of texts is wanted' });
    const parsed = parseExpression(text);
    if ('problem' in parsed)
      refuse('parameter.invalid', { field: '_fields', detail: `${parsed.problem} at ${parsed.at}` });
    return parsed.items;
  });
  if (items.length > namesMax)
    refuse('parameter.invalid', { field: '_fields', detail: `there are more than ${namesMax} names` });
  return items;
}
