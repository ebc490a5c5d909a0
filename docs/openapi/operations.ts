import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Tree } from '../../src/contract/answer.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { answerOf, refusalsOf, statusesWithCauses } from './answers.ts';
import { bodyOf } from './bodies.ts';
import { causesOf } from './causes.ts';
import type { Examples } from './examples.ts';
import { common, parametersOf, readsFilters } from './parameters.ts';
import { type Schema, schemaAt } from './schemas.ts';
import { answerShape } from './shapes.ts';

/** Operations, and what they refer to beside what all refer to. */
export interface Operations {
  readonly paths: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly responses: ReadonlyMap<string, Schema>;
}

const deeds: Readonly<Record<string, string>> = {
  list: 'List',
  count: 'Count',
  read: 'Read',
  create: 'Create',
  update: 'Update',
  remove: 'Remove',
  linked: 'Read the linked',
  progressions: 'List the progressions of',
  progress: 'Run a progression of',
};

/** Every route, in the order of the catalogue; paths that differ in the names of their ids only are one. */
export function operations(routes: readonly Route[], catalogue: Catalogue, examples: Examples): Operations {
  const names = pathNames(routes);
  const paths = new Map<string, Record<string, Tree>>();
  const schemas: Record<string, Schema> = {};
  const responses = new Map<string, Schema>();
  for (const route of routes) {
    const path = names.get(templateOf(route)) ?? '';
    const item = paths.get(path) ?? { parameters: common };
    paths.set(path, item);
    const { operation, used } = operationFor(route, path, catalogue, examples, responses);
    item[route.row.method.toLowerCase()] = operation;
    Object.assign(schemas, used);
  }
  return { paths: Object.fromEntries(paths), schemas, responses };
}

const templateOf = ({ row }: Route): string => row.path.replaceAll(/\{\w+\}/g, '{}');

/** The path of each template: with the names that its first route gives to the ids, each once. */
function pathNames(routes: readonly Route[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const route of routes) {
    if (names.has(templateOf(route))) continue;
    const seen = new Set<string>();
    const path = route.row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const unique = seen.has(name) ? `${name}_${seen.size + 1}` : name;
      seen.add(unique);
      return `{${unique}}`;
    });
    names.set(templateOf(route), `/${path}`);
  }
  return names;
}

const idsIn = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

function operationFor(
  route: Route,
  path: string,
  catalogue: Catalogue,
  examples: Examples,
  responses: Map<string, Schema>,
): { operation: Schema; used: Readonly<Record<string, Schema>> } {
  const { row, owner } = route;
  const operationId = `${row.method} ${path}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/_$/, '');
  const example = examples.requests[route.id];
  const causes = causesOf(route);
  const body = bodyOf(route, operationId, example);
  const answer = answerShape(route, operationId, catalogue, example);
  const parameters = parametersOf(route, idsIn(path));
  const operation = {
    operationId,
    tags: [owner.scope],
    summary: summaryOf(route),
    ...(example ? { description: `Recorded: \`${row.method} ${example.path}\`` } : {}),
    security: securityOf(route),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body.requestBody } : {}),
    responses: {
      ...answerOf(answer && schemaAt(answer[0]), example, readsFilters(route)),
      ...refusalsOf(causes, examples, 'api', responses),
    },
    'x-statuses': statusesWithCauses(causes),
  };
  return { operation, used: { ...body?.schemas, ...(answer ? { [answer[0]]: answer[1] } : {}) } };
}

function summaryOf({ row, owner, answered, subject, ids }: Route): string {
  const plain = (name: string): string => name.replaceAll('_', ' ');
  if (row.act === 'action') {
    const [first = '', ...more] = (row.action ?? '').split('.').map(plain);
    const deed = more.join(' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return sentence(deed === '' ? first : `${first}: ${deed}`);
  }
  const many = row.act === 'list' || row.act === 'count';
  const what = plain(many ? answered.plural : answered.singular);
  const below = subject && subject !== answered && ids.length > 0 && answered !== owner;
  const order = row.order ? `, by ${plain(row.order.by)}${row.order.descending ? ', latest first' : ''}` : '';
  const toward = row.toward ? ` towards ${row.toward.join(' or ')}` : '';
  return sentence(
    `${deeds[row.act] ?? row.act} ${what}${below ? ` of a ${plain(subject.singular)}` : ''}${order}${toward}`,
  );
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

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
