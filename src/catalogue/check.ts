import type { Catalogue } from './catalogue.ts';
import type { Resource } from './resource.ts';
import type { Source, Tie } from './source.ts';

/** Finds what types cannot: names that lead nowhere. Throws one Error that lists them all; the server does not start with them. */
export function checkCatalogue(catalogue: Catalogue, all: readonly Resource[]): void {
  const problems: string[] = [];
  const names = new Set<string>();
  const events = new Set<string>();
  for (const resource of all) {
    const say = (problem: string) => problems.push(`${resource.name}: ${problem}`);
    if (names.has(resource.name)) say('is declared twice');
    names.add(resource.name);
    if (!resource.fields.id) say('has no field id');
    for (const [name, field] of Object.entries(resource.fields)) {
      if (field.to && !catalogue.resources.has(field.to))
        say(`${name} links to ${field.to}, which does not exist`);
      if (field.source) checkSource(field.source, resource, `field ${name}`);
      for (const source of field.made?.from ?? []) checkSource(source, resource, `field ${name}`);
      if (field.many) {
        const through = catalogue.resources.get(field.many.through);
        if (!through?.fields[field.many.reference]?.reference || !through.fields[field.many.link]?.to)
          say(`${name} lists what is tied by ${field.many.through}, which does not tie it`);
      }
      if (field.reference) {
        for (const part of [field.reference.type, field.reference.id]) {
          if (!resource.fields[part]) say(`${name} needs a field ${part}`);
        }
        if (!resource.references[name]) say(`${name} does not say what it may refer to`);
      }
    }
    for (const [name, singulars] of Object.entries(resource.references)) {
      for (const singular of singulars) {
        if (!catalogue.bySingular.has(singular))
          say(`${name} may refer to ${singular}, which does not exist`);
      }
    }
    for (const name of [...resource.create.required, ...resource.create.optional, ...resource.update]) {
      const field = resource.parameters[name] ?? name;
      if (!resource.fields[field] && !hasVerbs(resource)) say(`writes ${name}, which is no field`);
    }
    for (const [kind, filters] of Object.entries(resource.filters)) {
      for (const name of filters as readonly string[]) {
        if (!reachable(resource, name)) say(`${kind} filter ${name} names nothing`);
      }
    }
    for (const [name, source] of Object.entries(resource.sources))
      checkSource(source, resource, `source ${name}`);
    for (const source of [...resource.search, resource.titled])
      checkSource(source, resource, 'search or title');
    for (const [name, [link, target]] of [
      ...Object.entries(resource.follows),
      ...Object.entries(resource.takes),
    ]) {
      const to = resource.fields[link]?.to;
      if (!to || !catalogue.resources.get(to)?.fields[target]?.column)
        say(`${name} follows ${link}.${target}, which does not exist`);
    }
    for (const name of Object.values(resource.marks).flatMap(Object.keys))
      if (!resource.fields[name]?.column) say(`marks ${name}, which has no column`);
    for (const { id, field } of resource.events) {
      if (events.has(id)) say(`the event ${id} is declared twice`);
      events.add(id);
      if (field !== undefined && !resource.fields[field]?.column)
        say(`the event ${id} is about ${field}, which has no column`);
    }
    for (const { resource: name, reference, with: copied } of resource.brings) {
      const brought = catalogue.resources.get(name);
      if (!brought?.fields[reference]?.reference) say(`brings ${name}, which has no reference ${reference}`);
      for (const [field, source] of Object.entries(copied)) {
        if (!brought?.fields[field]?.column) say(`brings ${name} with ${field}, which is no field`);
        checkSource(source, resource, `brings ${name}`);
      }
    }
    for (const row of resource.requests) {
      if (row.of && !catalogue.resources.has(row.of))
        say(`${row.path} answers ${row.of}, which does not exist`);
      if (row.within)
        checkSource(
          row.within.source,
          catalogue.resources.get(row.of ?? resource.name) ?? resource,
          row.path,
        );
      if (resource.progression && !catalogue.resources.has(resource.progression.history))
        say(`its progressions are kept in ${resource.progression.history}, which does not exist`);
      if (row.act === 'progress' && !resource.progression) say(`${row.path} needs the trait progressions`);
    }
  }
  if (problems.length > 0)
    throw new Error(`The catalogue does not hold together:\n  ${problems.join('\n  ')}`);

  function checkSource(source: Source, resource: Resource, where: string): void {
    const say = (problem: string) => problems.push(`${resource.name}: ${where}: ${problem}`);
    if ('own' in source) {
      if (!resource.fields[source.own]) say(`${source.own} is no field`);
    } else if ('joined' in source) {
      for (const name of source.joined) if (!resource.fields[name]) say(`${name} is no field`);
    } else if ('any' in source) {
      for (const each of source.any) checkSource(each, resource, where);
    } else if ('via' in source) {
      const target = catalogue.resources.get(resource.fields[source.via]?.to ?? '');
      if (target) checkSource(source.source, target, where);
      else say(`${source.via} is no link`);
    } else if ('having' in source) {
      const target = catalogue.resources.get(source.having);
      const by = target?.fields[source.by];
      if (!target || !by || (source.type === undefined ? !by.to : !target.fields[source.type]))
        say(`${source.having}.${source.by} does not lead here`);
      else checkSource(source.source, target, where);
    } else if ('plus' in source) {
      for (const each of source.plus) checkSource(each, resource, where);
    } else if ('minus' in source) {
      checkSource(source.minus, resource, where);
    } else if ('times' in source) {
      for (const each of source.times) checkSource(each, resource, where);
    } else if ('choose' in source) {
      if (!resource.fields[source.choose]) say(`${source.choose} is no field`);
      for (const each of Object.values(source.cases)) checkSource(each, resource, where);
    } else {
      const name =
        'total' in source
          ? source.total
          : 'lowest' in source
            ? source.lowest
            : 'highest' in source
              ? source.highest
              : source.counted;
      const target = catalogue.resources.get(name);
      if (!target) say(`${name} does not exist`);
      else {
        checkTie(source.tie, target, resource, say);
        if (!('counted' in source)) checkSource(source.source, target, where);
      }
    }
  }

  function checkTie(tie: Tie, target: Resource, asked: Resource, say: (problem: string) => void): void {
    for (const each of tie) {
      if (!target.fields[each.field]?.column) say(`${target.name}.${each.field} has no column`);
      if ('same' in each && !asked.fields[each.same]?.column) say(`${each.same} has no column`);
      if ('among' in each) {
        const among = catalogue.resources.get(each.among);
        if (among) checkTie(each.tie, among, asked, say);
        else say(`${each.among} does not exist`);
      }
      if ('tree' in each && !catalogue.resources.get(each.tree)?.fields[each.by]?.to)
        say(`${each.tree}.${each.by} is no link`);
    }
  }
}

// A resource that is created by a verb may take parameters that are no fields (a contact's company, a password).
const hasVerbs = (resource: Resource): boolean => resource.requests.some((row) => row.act === 'verb');

function reachable(resource: Resource, name: string): boolean {
  if (resource.fields[name] || resource.sources[name] || resource.parameters[name]) return true;
  return name.endsWith('_id') && resource.fields[name.slice(0, -3)]?.to !== undefined;
}
