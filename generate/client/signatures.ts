import type { Resource } from '../../src/catalogue/resource.ts';
import type { Answers } from '../../src/openapi/answer-shapes.ts';
import { camel, pascal, type SdkMethod } from '../../src/openapi/method-names.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { readType, writtenType } from './values.ts';

/** A method of a resource, as TypeScript. */
export interface Signature {
  readonly text: string;
  /** Its row in the table that the client reads. */
  readonly row: string;
  /** The interface of what it writes. */
  readonly written?: string;
  /** The resources that it names. */
  readonly of: readonly Resource[];
}

interface Parameters {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly resource: Resource;
}

/** What a request writes; `undefined` when it takes no values. */
export function parametersOf({ row, owner, answered }: Route): Parameters | undefined {
  if (row.method === 'GET' || row.act === 'remove' || row.act === 'progress') return undefined;
  if (row.act === 'create') return { ...owner.create, resource: owner };
  if (row.act === 'update') return { required: [], optional: owner.update, resource: owner };
  const names = row.parameters ?? [];
  return names.length === 0
    ? undefined
    : {
        required: names.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1)),
        optional: names.filter((name) => !name.endsWith('!')),
        resource: row.of === undefined ? owner : answered,
      };
}

export function signatureOf(method: SdkMethod): Signature {
  const { name, route, answers } = method;
  const { row, owner, answered } = route;
  const values = parametersOf(route);
  const of = answers.of ?? owner;
  const fields = `${pascal(of.name)}Fields`;
  const filters = `${pascal(answered.name)}Filters`;
  const asks = answers.of !== undefined && !answers.fixed;
  const beside = answers.beside
    ? ` & { ${answers.beside.map((each) => `readonly ${each}: unknown`).join('; ')} }`
    : '';
  const object = asks ? `Selected<${fields}, F[number], H>${beside}` : fixedType(answers);
  const answer = {
    one: `Promise<Result<${object}>>`,
    list: answers.paged ? `Listing<${object}>` : `Promise<Result<readonly (${object})[]>>`,
    count: 'Promise<Result<number>>',
    none: 'Promise<Result<null>>',
    file: 'Promise<Result<Response>>',
    raw: 'Promise<Result<unknown>>',
  }[answers.as];
  const generic = asks ? `<const F extends Asked<${fields}> = [], const H extends boolean = false>` : '';
  const filtered = answers.as === 'list' && answers.paged && asks && row.method === 'GET' && !row.ownFilters;
  const reading = row.method === 'GET';
  const options = (): string => {
    if (filtered) return `Listed<${fields}, ${filters}, F, H>`;
    if (answers.as === 'count' && !row.ownFilters) return `Counted<${filters}>`;
    if (asks) return `${reading ? 'Asking' : 'Writing'}<${fields}, F, H>`;
    return reading ? 'Sent' : 'Written';
  };
  const type = `${pascal(owner.name)}${pascal(name)}`;
  const seen = new Set<string>();
  const ids = route.ids.map((id) => {
    const unique = seen.has(id) ? `${id}_2` : id;
    seen.add(unique);
    return `${camel(unique)}: Id`;
  });
  const given = [
    ...ids,
    ...(values ? [`values${values.required.length > 0 || row.act === 'update' ? '' : '?'}: ${type}`] : []),
    `options?: ${options()}`,
  ];
  return {
    text: `  /** \`${route.id}\` */\n  ${name}${generic}(${given.join(', ')}): ${answer};`,
    row: `    ${name}: ${rowOf(method, values !== undefined)},`,
    ...(values ? { written: writtenOf(type, values, route) } : {}),
    of: [of, ...(filtered || answers.as === 'count' ? [answered] : [])],
  };
}

/** Of objects whose fields are not for the caller to say. */
function fixedType({ of, fixed = [] }: Answers): string {
  if (!of) return 'Progression';
  const members = fixed.map((name) => {
    const field = of.fields[name];
    // A link may be the object there, in whatever shape.
    const known = field && field.shown !== 'hidden' && !field.to;
    return `readonly ${name}: ${known ? readType(name, field) : 'unknown'}`;
  });
  return `{ ${members.join('; ')} }`;
}

function rowOf({ route, answers }: SdkMethod, writes: boolean): string {
  const { row, owner } = route;
  const other = answers.of && answers.of !== owner ? camel(answers.of.name) : undefined;
  const otherKinds = other && `${other}Kinds`;
  const kinds = answers.of ? otherKinds : 'progressionKinds';
  const paged = answers.as !== 'list' || answers.paged;
  const ofObjects = answers.as === 'one' || answers.as === 'list';
  const members = [
    ...(row.method === 'GET' ? [] : [`method: '${row.method}'`]),
    `path: '${row.path.replaceAll(/\{\w+\}/g, '{}')}'`,
    // A list that has no pages is read as one object is.
    ...(answers.as === 'one' || !paged ? [] : [`answers: '${answers.as}'`]),
    ...(answers.key === undefined ? [] : [`key: '${answers.key}'`]),
    ...(ofObjects && kinds ? [`of: () => ${kinds}`] : []),
    ...(writes ? ['writes: true'] : []),
    ...(row.act === 'update' ? ['idempotent: true'] : []),
  ];
  return `{ ${members.join(', ')} }`;
}

function writtenOf(type: string, { required, optional, resource }: Parameters, route: Route): string {
  const { row, owner } = route;
  const uploads = new Set(row.uploads);
  const lines = (names: readonly string[], mark: string): string[] =>
    [...new Set(names)].map((name) => {
      const value = uploads.has(name) ? 'Blob | Stream' : writtenType(resource, name);
      const needed = mark === '' ? value.replace(/ \| null$/, '') : value;
      return `  readonly ${name}${mark}: ${needed};`;
    });
  const custom = owner.custom && row.of === undefined;
  return [
    `export interface ${type} {`,
    ...lines(required, ''),
    ...lines(
      optional.filter((name) => !required.includes(name)),
      '?',
    ),
    ...(custom
      ? [
          `  /** A field of the deployment's own, by its id. */\n  readonly [field: \`${owner.custom.prefix}\${number}\`]: string | null;`,
        ]
      : []),
    '}',
  ].join('\n');
}
