import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Tree } from '../contract/answer.ts';
import type { Route } from '../request/05-route/table.ts';
import { answerOf, refusalsOf, statusesWithCauses } from './answers.ts';
import { bodyOf } from './bodies.ts';
import { causesOf } from './causes.ts';
import type { Examples } from './examples.ts';
import { operationNames, pathNames, templateOf } from './names.ts';
import { common, parametersOf, readsFilters } from './parameters.ts';
import { one, type Schema, schemaAt, sentence } from './schemas.ts';
import { answerShape } from './shapes.ts';

/** Operations, and what they refer to beside what all refer to. */
export interface Operations {
  readonly paths: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const deeds: Readonly<Record<string, string>> = {
  list: 'List',
  count: 'Count',
  read: 'Read',
  create: 'Create',
  update: 'Update',
  remove: 'Remove',
  linked: 'Read',
  progressions: 'List the progressions of',
  progress: 'Run a progression of',
};

/** Every route, in the order of the catalogue; paths that differ in the names of their ids only are one. */
export function operations(routes: readonly Route[], catalogue: Catalogue, examples: Examples): Operations {
  const ids = operationNames(routes, catalogue);
  const names = pathNames(routes, catalogue);
  const paths = new Map<string, Record<string, Tree>>();
  const schemas: Record<string, Schema> = {};
  for (const route of routes) {
    const path = names.get(templateOf(route.row.path)) ?? '';
    const item = paths.get(path) ?? { parameters: common };
    paths.set(path, item);
    const place = { path, operationId: ids.get(route.id) ?? '' };
    const { operation, used } = operationFor(route, place, catalogue, examples);
    item[route.row.method.toLowerCase()] = operation;
    for (const [name, schema] of Object.entries(used)) keep(schemas, name, schema);
  }
  return { paths: Object.fromEntries(paths), schemas };
}

/** Two that are not the same under one name would be a mistake that only callers notice. */
function keep(schemas: Record<string, Schema>, name: string, schema: Schema): void {
  const known = schemas[name];
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are ${name}`);
  schemas[name] = schema;
}

export const idsIn = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

interface Place {
  readonly path: string;
  readonly operationId: string;
}

function operationFor(
  route: Route,
  { path, operationId }: Place,
  catalogue: Catalogue,
  examples: Examples,
): { operation: Schema; used: Readonly<Record<string, Schema>> } {
  const { row, owner } = route;
  const example = examples.requests[route.id];
  const causes = causesOf(route);
  const body = bodyOf(route, operationId, catalogue, example);
  const answer = answerShape(route, operationId, catalogue, example);
  const parameters = parametersOf(route, idsIn(path));
  const operation = {
    operationId,
    tags: [owner.scope],
    summary: summaryOf(route, operationId),
    ...(example ? { description: `Recorded: \`${row.method} ${example.path}\`` } : {}),
    security: securityOf(route),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body.requestBody } : {}),
    responses: {
      ...answerOf(answer && schemaAt(answer[0]), example, readsFilters(route)),
      ...refusalsOf(causes, 'api'),
    },
    'x-statuses': statusesWithCauses(causes),
  };
  return { operation, used: { ...body?.schemas, ...(answer ? { [answer[0]]: answer[1] } : {}) } };
}

function summaryOf({ row, owner, answered, subject, ids }: Route, operationId: string): string {
  const plain = (name: string): string => name.replaceAll('_', ' ');
  // What a verb does, its name says.
  if (row.act === 'verb')
    return sentence(operationId.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  const many = row.act === 'list' || row.act === 'count';
  const what = many ? plain(answered.plural) : one(answered.singular);
  const below = subject && subject !== answered && ids.length > 0 && answered !== owner;
  const order = row.order ? `, by ${plain(row.order.by)}${row.order.descending ? ', latest first' : ''}` : '';
  const toward = row.toward ? ` towards ${row.toward.join(' or ')}` : '';
  return sentence(
    `${deeds[row.act] ?? row.act} ${what}${below ? ` of ${one(subject.singular)}` : ''}${order}${toward}`,
  );
}

/** The scopes a token needs, as 07-permission asks for them; service applications are left out where a person has to act. */
function securityOf({ row, owner, answered, subject }: Route): readonly Tree[] {
  const reading = row.method === 'GET';
  const scopes = new Set<string>();
  if (!row.unscoped) {
    scopes.add(reading ? `read(${answered.scope})` : `write(${owner.scope})`);
    if (reading && subject && owner.scope !== answered.scope) scopes.add(`read(${owner.scope})`);
  }
  const types = row.personal ? ['web', 'installed'] : ['service', 'web', 'installed'];
  return types.map((type) => ({ [type]: [...scopes] }));
}
