import { type Catalogue, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Field, Made, Many } from '../../catalogue/fields.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import { Bounded } from '../../store/bounded.ts';
import { expressionOf, fieldExpression } from '../../store/expression.ts';
import type { Expression } from '../../store/query.ts';

/** One key of an answered object. */
export type Entry =
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
  /** `of`: what they tell of the parent instead. */
  | { readonly name: string; readonly as: 'breadcrumbs'; readonly of?: 'title' | 'above' };

/** Columns of the rows of `table` that tie objects to one another. */
export interface ObjectTie {
  readonly table: string;
  readonly type: string;
  readonly id: string;
  readonly link: string;
}

/** What to read of each object of a resource, and how to show it. Frozen and shared: kept by its text. */
export interface Selection {
  readonly resource: Resource;
  /** The first is always the id. */
  readonly columns: readonly Expression[];
  /** Which of the columns are masked in confidential rows. */
  readonly masked: ReadonlySet<number>;
  /** Which of the columns only full financial access may see. */
  readonly financial: ReadonlySet<number>;
  readonly entries: readonly Entry[];
  /** Names of the scopes of all objects embedded, at any depth. */
  readonly reaches: ReadonlySet<string>;
  readonly embeds: boolean;
}

export interface Selections {
  /** The selection that `_fields` asks for. Refuses `parameter.invalid` when it cannot be read. */
  select(resource: Resource, fields: ParameterValue | undefined, hideDefaults: boolean): Selection;
}

const deepest = 4;
// The key comes from callers: bounded in number, length and bytes. A short text can ask for many objects within objects.
const kept = 1_000;
const keptLength = 500;
const keptBytes = 16 * 1_024 * 1_024;
const bytesOfEntry = 500;
/** Of all texts of a list together. */
const most = 10_000;

export function createSelections(catalogue: Catalogue): Selections {
  const known = new Bounded<Selection>({ entriesMax: kept, bytesMax: keptBytes, bytesOf });
  const plurals = new Map(
    [...catalogue.bySingular.values()].map(({ singular, plural }) => [singular, plural]),
  );
  return Object.freeze<Selections>({
    select: (resource, fields, hideDefaults) => {
      // A text may look like a list, or a number: the key says which of them was sent.
      const sent = typeof fields === 'string' ? `text ${fields}` : `json ${JSON.stringify(fields ?? null)}`;
      const key = `${resource.name} ${hideDefaults ? '-' : '+'} ${sent}`;
      const make = () => build(resource, itemsOf(fields), hideDefaults, 0);
      return key.length > keptLength ? make() : known.keep(key, make);
    },
  });

  function build(
    resource: Resource,
    items: readonly Item[],
    hideDefaults: boolean,
    depth: number,
  ): Selection {
    const asked = new Map<string, Item[] | undefined>();
    for (const item of dotted(items)) {
      // The same name twice asks once; parentheses once said stay said.
      const before = asked.get(item.name);
      if (before && item.list) for (const each of item.list) before.push(each);
      else if (!before) asked.set(item.name, item.list && [...item.list]);
    }
    const all = resource.all && asked.has('_ALL');
    const hidden = hideDefaults || asked.has('_hide_defaults');
    const columns: Expression[] = [fieldExpression(catalogue, resource, 'id')];
    const masked = new Set<number>();
    const financial = new Set<number>();
    const positions = new Map<string, number>([['id', 0]]);
    const entries: Entry[] = [];
    const reaches = new Set<string>();
    const columnFor = (name: string): number => {
      let at = positions.get(name);
      if (at === undefined) {
        at = columns.push(fieldExpression(catalogue, resource, name)) - 1;
        positions.set(name, at);
        if (resource.secrecy?.hides.includes(name)) masked.add(at);
        if (resource.fields[name]?.financial) financial.add(at);
      }
      return at;
    };
    for (const [name, field] of Object.entries(resource.fields)) {
      const wanted =
        asked.has(name) || (field.shown === 'default' && !hidden) || (field.shown === 'optional' && all);
      if (!wanted || field.shown === 'hidden') continue;
      const list = asked.get(name);
      if (field.reference) {
        entries.push({
          name,
          as: 'reference',
          at: columnFor(field.reference.type),
          idAt: columnFor(field.reference.id),
          plurals,
        });
      } else if (field.made) {
        const { from, of } = field.made;
        const at = from.map((source) => columns.push(expressionOf(catalogue, resource, source)) - 1);
        entries.push({ name, as: 'made', at, of });
      } else if (field.crumbs) {
        entries.push({ name, as: 'breadcrumbs', of: field.crumbs });
      } else if (field.many) {
        const { tie, to } = tieOf(catalogue, field.many);
        // Deeper than this only what costs no further statement is answered.
        if (depth >= deepest) continue;
        const selection = build(to, list ?? [], false, depth + 1);
        entries.push({ name, as: 'objects', selection, tie });
        // Its default fields belong to the object itself; whoever asks for more asks for the other objects.
        if (list) {
          reaches.add(to.scope);
          for (const scope of selection.reaches) reaches.add(scope);
        }
      } else if (field.to && (list || field.embedded) && depth < deepest) {
        const selection = build(resourceNamed(catalogue, field.to), list ?? [], false, depth + 1);
        entries.push({ name, as: 'object', at: columnFor(name), selection });
        reaches.add(selection.resource.scope);
        for (const scope of selection.reaches) reaches.add(scope);
      } else {
        entries.push({ name, as: 'value', at: columnFor(name), field });
      }
    }
    if (asked.has('breadcrumbs')) entries.push({ name: 'breadcrumbs', as: 'breadcrumbs' });
    const embeds = entries.some(({ as }) => as === 'object' || as === 'objects' || as === 'breadcrumbs');
    return Object.freeze({
      resource,
      columns: Object.freeze(columns),
      masked,
      financial,
      entries,
      reaches,
      embeds,
    });
  }
}

const bytesOf = ({ columns, entries }: Selection): number =>
  entries.reduce(
    (sum, entry) => sum + bytesOfEntry + ('selection' in entry ? bytesOf(entry.selection) : 0),
    columns.length * bytesOfEntry,
  );

function tieOf(catalogue: Catalogue, { through, reference, link }: Many): { tie: ObjectTie; to: Resource } {
  const { name: table, fields } = resourceNamed(catalogue, through);
  const { type = '', id = '' } = fields[reference]?.reference ?? {};
  const column = (field: string): string => fields[field]?.column ?? field;
  return {
    tie: { table, type: column(type), id: column(id), link: column(link) },
    to: resourceNamed(catalogue, fields[link]?.to ?? ''),
  };
}

/** From a text, or (in JSON bodies) a list of texts. */
function itemsOf(fields: ParameterValue | undefined): readonly Item[] {
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
  if (items.length > most)
    refuse('parameter.invalid', { field: '_fields', detail: `there are more than ${most} names` });
  return items;
}

/** `company._ALL` is `company(_ALL)`. */
function dotted(items: readonly Item[]): readonly Item[] {
  return items.map((item) => {
    const dot = item.name.indexOf('.');
    if (dot < 0) return item;
    return { name: item.name.slice(0, dot), list: [{ name: item.name.slice(dot + 1), list: item.list }] };
  });
}
