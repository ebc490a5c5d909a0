import type { Catalogue } from './catalogue.ts';
import { type Complain, checkSource } from './check-source.ts';
import type { Field } from './fields.ts';
import type { Resource } from './resource.ts';
import type { Source } from './source.ts';

/** Finds what types cannot: names that do not exist. Throws one Error that lists them all; the server does not start with them. */
export function checkCatalogue(catalogue: Catalogue, all: readonly Resource[]): void {
  const problems = [
    ...twice(all.map(({ name }) => name)).map((name) => `${name} is declared twice`),
    ...twice(all.flatMap(({ events }) => events.map(({ id }) => id))).map(
      (id) => `the event ${id} is declared twice`,
    ),
  ];
  for (const resource of all) {
    const complain: Complain = (problem) => problems.push(`${resource.name}: ${problem}`);
    for (const check of checks) check(resource, catalogue, complain);
    for (const [where, source] of sourcesOf(resource))
      checkSource(catalogue, resource, source, (problem) => complain(`${where}: ${problem}`));
  }
  if (problems.length > 0)
    throw new Error(`The catalogue does not hold together:\n  ${problems.join('\n  ')}`);
}

const twice = (names: readonly string[]): readonly string[] =>
  names.filter((name, i) => names.indexOf(name) < i);

type Check = (resource: Resource, catalogue: Catalogue, complain: Complain) => void;

const checks: readonly Check[] = [
  checkFields,
  checkReferences,
  checkParameters,
  checkDerived,
  checkBrought,
  checkRequests,
];

function sourcesOf(resource: Resource): readonly (readonly [where: string, source: Source])[] {
  return [
    ...Object.entries(resource.fields).flatMap(([name, { source, made }]) =>
      [source ?? [], made?.from ?? []].flat().map((each) => [`field ${name}`, each] as const),
    ),
    ...Object.entries(resource.sources).map(([name, each]) => [`source ${name}`, each] as const),
    ...resource.search.map((each) => ['search', each] as const),
    ['titled', resource.titled],
    ...resource.brings.flatMap(({ resource: brought, with: copied }) =>
      Object.values(copied).map((each) => [`brings ${brought}`, each] as const),
    ),
  ];
}

function checkFields({ fields, references }: Resource, catalogue: Catalogue, complain: Complain): void {
  if (!fields.id) complain('has no field id');
  for (const [name, field] of Object.entries(fields)) {
    if (field.to && !catalogue.resources.has(field.to))
      complain(`${name} links to ${field.to}, which does not exist`);
    if (field.many && !isTied(field.many, catalogue))
      complain(`${name} lists what is tied by ${field.many.through}, which does not tie it`);
    if (!field.reference) continue;
    for (const part of [field.reference.type, field.reference.id])
      if (!fields[part]) complain(`${name} needs a field ${part}`);
    if (!references[name]) complain(`${name} does not say what it may refer to`);
  }
}

function isTied({ through, reference, link }: NonNullable<Field['many']>, catalogue: Catalogue): boolean {
  const fields = catalogue.resources.get(through)?.fields;
  return fields?.[reference]?.reference !== undefined && fields[link]?.to !== undefined;
}

function checkReferences({ references }: Resource, catalogue: Catalogue, complain: Complain): void {
  for (const [name, singulars] of Object.entries(references))
    for (const singular of singulars)
      if (!catalogue.bySingular.has(singular))
        complain(`${name} may refer to ${singular}, which does not exist`);
}

function checkParameters(resource: Resource, _: Catalogue, complain: Complain): void {
  const { create, update, parameters, fields, filters, requests } = resource;
  // A verb may take parameters that are no fields (a contact's company, a password).
  const hasVerbs = requests.some((row) => row.act === 'verb');
  for (const name of [...create.required, ...create.optional, ...update])
    if (!hasVerbs && !fields[parameters[name] ?? name]) complain(`writes ${name}, which is no field`);
  for (const [kind, names] of Object.entries<readonly string[]>({ ...filters }))
    for (const name of names)
      if (!isFiltered(resource, name)) complain(`${kind} filter ${name} names nothing`);
}

function isFiltered({ fields, sources, parameters }: Resource, name: string): boolean {
  if (fields[name] || sources[name] || parameters[name]) return true;
  return name.endsWith('_id') && fields[name.slice(0, -3)]?.to !== undefined;
}

/** What a write sets by itself, and what events are about. */
function checkDerived(resource: Resource, catalogue: Catalogue, complain: Complain): void {
  const { fields, follows, takes, marks, events, progression } = resource;
  for (const [name, [link, target]] of [...Object.entries(follows), ...Object.entries(takes)])
    if (!catalogue.resources.get(fields[link]?.to ?? '')?.fields[target]?.column)
      complain(`${name} follows ${link}.${target}, which does not exist`);
  for (const name of Object.values(marks).flatMap(Object.keys))
    if (!fields[name]?.column) complain(`marks ${name}, which has no column`);
  for (const { id, field } of events)
    if (field !== undefined && !fields[field]?.column)
      complain(`the event ${id} is about ${field}, which has no column`);
  if (progression && !catalogue.resources.has(progression.history))
    complain(`keeps its history in ${progression.history}, which does not exist`);
}

function checkBrought({ brings }: Resource, catalogue: Catalogue, complain: Complain): void {
  for (const { resource: name, reference, with: copied } of brings) {
    const fields = catalogue.resources.get(name)?.fields;
    if (!fields?.[reference]?.reference) complain(`brings ${name}, which has no reference ${reference}`);
    for (const field of Object.keys(copied))
      if (!fields?.[field]?.column) complain(`brings ${name} with ${field}, which is no field`);
  }
}

function checkRequests(resource: Resource, catalogue: Catalogue, complain: Complain): void {
  for (const { path, of, within, act } of resource.requests) {
    if (of && !catalogue.resources.has(of)) complain(`${path} answers ${of}, which does not exist`);
    if (within) {
      const answered = catalogue.resources.get(of ?? resource.name) ?? resource;
      checkSource(catalogue, answered, within.source, (problem) => complain(`${path}: ${problem}`));
    }
    if (act === 'progress' && !resource.progression) complain(`${path} needs the trait progressions`);
  }
}
