import type { Catalogue } from './catalogue.ts';
import type { Resource } from './resource.ts';
import type { Source, Tie } from './source.ts';

/** Collects what is wrong with one resource. */
export type Complain = (problem: string) => void;

type TiedSource = Extract<Source, { readonly tie: Tie }>;

/** Complains about names in a source that do not exist. `resource`: the one whose objects have the source. */
export function checkSource(
  catalogue: Catalogue,
  resource: Resource,
  source: Source,
  complain: Complain,
): void {
  const nested = (each: Source, of: Resource = resource): void => checkSource(catalogue, of, each, complain);
  const needField = (name: string): void => {
    if (!resource.fields[name]) complain(`${name} is no field of ${resource.name}`);
  };
  if ('own' in source) needField(source.own);
  else if ('joined' in source) source.joined.forEach(needField);
  else if ('any' in source) for (const each of source.any) nested(each);
  else if ('plus' in source) for (const each of source.plus) nested(each);
  else if ('minus' in source) nested(source.minus);
  else if ('times' in source) for (const each of source.times) nested(each);
  else if ('choose' in source) {
    needField(source.choose);
    for (const each of Object.values(source.cases)) nested(each);
  } else if ('via' in source) {
    const target = catalogue.resources.get(resource.fields[source.via]?.to ?? '');
    if (target) nested(source.source, target);
    else complain(`${source.via} is no link of ${resource.name}`);
  } else if ('having' in source) {
    const target = catalogue.resources.get(source.having);
    const by = target?.fields[source.by];
    if (!target || !by || (source.type === undefined ? !by.to : !target.fields[source.type]))
      complain(`${source.having}.${source.by} does not link to ${resource.name}`);
    else nested(source.source, target);
  } else {
    const name = tiedName(source);
    const target = catalogue.resources.get(name);
    if (!target) return complain(`${name} does not exist`);
    checkTie({ catalogue, resource, complain }, source.tie, target);
    if (!('counted' in source)) nested(source.source, target);
  }
}

function tiedName(source: TiedSource): string {
  if ('total' in source) return source.total;
  if ('lowest' in source) return source.lowest;
  return 'highest' in source ? source.highest : source.counted;
}

interface Checked {
  readonly catalogue: Catalogue;
  readonly resource: Resource;
  readonly complain: Complain;
}

/** `target`: the resource whose objects are tied. */
function checkTie(checked: Checked, tie: Tie, target: Resource): void {
  const { catalogue, resource, complain } = checked;
  for (const each of tie) {
    if (!target.fields[each.field]?.column) complain(`${target.name}.${each.field} has no column`);
    if ('same' in each && !resource.fields[each.same]?.column)
      complain(`${resource.name}.${each.same} has no column`);
    if ('among' in each) {
      const among = catalogue.resources.get(each.among);
      if (among) checkTie(checked, each.tie, among);
      else complain(`${each.among} does not exist`);
    }
    if ('tree' in each && !catalogue.resources.get(each.tree)?.fields[each.by]?.to)
      complain(`${each.tree}.${each.by} is no link`);
  }
}
