import { type Catalogue, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Field, Many } from '../../catalogue/fields.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { Item } from '../../grammar/expression.ts';
import { expressionOf, fieldExpression } from '../../store/expression.ts';
import type { Expression } from '../../store/query.ts';
import type { ObjectTie, Selection, SelectionEntry } from './fields.ts';

/** Levels of objects within objects. */
const depthMax = 4;

/** What selections are made from. `plurals` by singular. */
export interface SelectionSource {
  readonly catalogue: Catalogue;
  readonly plurals: ReadonlyMap<string, string>;
}

/** The selection of `items`, names of a resource's fields. `hideDefaults`: without those that nobody named. */
export const buildSelection = (
  source: SelectionSource,
  resource: Resource,
  items: readonly Item[],
  hideDefaults: boolean,
): Selection => new SelectionBuilder(source, resource, 0).build(items, hideDefaults);

class SelectionBuilder {
  readonly #source: SelectionSource;
  readonly #resource: Resource;
  readonly #depth: number;
  readonly #columns: Expression[];
  readonly #masked = new Set<number>();
  readonly #financial = new Set<number>();
  readonly #positions = new Map<string, number>([['id', 0]]);
  readonly #entries: SelectionEntry[] = [];
  readonly #reaches = new Set<string>();

  constructor(source: SelectionSource, resource: Resource, depth: number) {
    this.#source = source;
    this.#resource = resource;
    this.#depth = depth;
    this.#columns = [fieldExpression(source.catalogue, resource, 'id')];
  }

  build(items: readonly Item[], hideDefaults: boolean): Selection {
    const resource = this.#resource;
    const wanted = byName(items);
    const all = resource.all && wanted.has('_ALL');
    const hidden = hideDefaults || wanted.has('_hide_defaults');
    for (const [name, field] of Object.entries(resource.fields)) {
      const isWanted =
        wanted.has(name) || (field.shown === 'default' && !hidden) || (field.shown === 'optional' && all);
      if (isWanted && field.shown !== 'hidden') this.#add(name, field, wanted.get(name));
    }
    if (wanted.has('breadcrumbs')) this.#entries.push({ name: 'breadcrumbs', as: 'breadcrumbs' });
    return Object.freeze({
      resource,
      columns: Object.freeze(this.#columns),
      masked: this.#masked,
      financial: this.#financial,
      entries: this.#entries,
      reaches: this.#reaches,
      embeds: this.#entries.some(({ as }) => as === 'object' || as === 'objects' || as === 'breadcrumbs'),
    });
  }

  #add(name: string, field: Field, list: readonly Item[] | undefined): void {
    const { catalogue, plurals } = this.#source;
    if (field.reference) {
      const { type, id } = field.reference;
      const [at, idAt] = [this.#columnFor(type), this.#columnFor(id)];
      this.#entries.push({ name, as: 'reference', at, idAt, plurals });
    } else if (field.made) {
      const { from, of } = field.made;
      const at = from.map(
        (source) => this.#columns.push(expressionOf(catalogue, this.#resource, source)) - 1,
      );
      this.#entries.push({ name, as: 'made', at, of });
    } else if (field.crumbs) this.#entries.push({ name, as: 'breadcrumbs', of: field.crumbs });
    else if (field.many) this.#addObjects(name, field.many, list);
    else if (field.to && (list || field.embedded) && this.#depth < depthMax)
      this.#addObject(name, field.to, list);
    else this.#entries.push({ name, as: 'value', at: this.#columnFor(name), field });
  }

  #addObject(name: string, to: string, list: readonly Item[] | undefined): void {
    const selection = this.#within(resourceNamed(this.#source.catalogue, to), list);
    this.#entries.push({ name, as: 'object', at: this.#columnFor(name), selection });
    this.#reach(selection);
  }

  #addObjects(name: string, many: Many, list: readonly Item[] | undefined): void {
    // Deeper than this, only what costs no further statement is answered.
    if (this.#depth >= depthMax) return;
    const { tie, to } = tieOf(this.#source.catalogue, many);
    const selection = this.#within(to, list);
    this.#entries.push({ name, as: 'objects', selection, tie });
    // Their default fields belong to the object itself. A caller that names fields wants the other objects, and needs access to them.
    if (list) this.#reach(selection);
  }

  #within(resource: Resource, list: readonly Item[] = []): Selection {
    return new SelectionBuilder(this.#source, resource, this.#depth + 1).build(list, false);
  }

  #reach({ resource, reaches }: Selection): void {
    this.#reaches.add(resource.scope);
    for (const scope of reaches) this.#reaches.add(scope);
  }

  #columnFor(name: string): number {
    const known = this.#positions.get(name);
    if (known !== undefined) return known;
    const resource = this.#resource;
    const at = this.#columns.push(fieldExpression(this.#source.catalogue, resource, name)) - 1;
    this.#positions.set(name, at);
    if (resource.secrecy?.hides.includes(name)) this.#masked.add(at);
    if (resource.fields[name]?.financial) this.#financial.add(at);
    return at;
  }
}

/** The list in parentheses of each name. A name that is there twice has both lists; without parentheses it adds nothing. */
function byName(items: readonly Item[]): ReadonlyMap<string, Item[] | undefined> {
  const lists = new Map<string, Item[] | undefined>();
  for (const item of items.map(undotted)) {
    const before = lists.get(item.name);
    if (before && item.list) for (const each of item.list) before.push(each);
    else if (!before) lists.set(item.name, item.list && [...item.list]);
  }
  return lists;
}

/** `company._ALL` is `company(_ALL)`. */
function undotted(item: Item): Item {
  const dot = item.name.indexOf('.');
  if (dot < 0) return item;
  return { name: item.name.slice(0, dot), list: [{ name: item.name.slice(dot + 1), list: item.list }] };
}

function tieOf(catalogue: Catalogue, { through, reference, link }: Many): { tie: ObjectTie; to: Resource } {
  const { name: table, fields } = resourceNamed(catalogue, through);
  const { type = '', id = '' } = fields[reference]?.reference ?? {};
  const column = (field: string): string => fields[field]?.column ?? field;
  return {
    tie: { table, type: column(type), id: column(id), link: column(link) },
    to: resourceNamed(catalogue, fields[link]?.to ?? ''),
  };
}
