import { type OpenApi, type Operation, openApi, type PathItem, type Schema } from './openapi.ts';
import type { FieldRow, Group, RequestEntry } from './pages/reference.ts';

const methods = ['get', 'post', 'put', 'delete'] as const;

/** The document as pages show it: one group a tag, in its order. Made once. */
let made: readonly Group[] | undefined;
export function referenceGroups(): readonly Group[] {
  made ??= groupsOf(openApi());
  return made;
}

export function groupsOf(document: OpenApi): readonly Group[] {
  const groups = document.tags.map(({ name }) => {
    const requests: RequestEntry[] = [];
    const used = new Set<string>();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (operation?.tags[0] !== name) continue;
        requests.push(entryOf(document, path, method, item, operation));
        for (const resource of resourcesIn(document, operation)) used.add(resource);
      }
    }
    const resources = [...used].sort().map((resource) => ({
      name: resource,
      fields: fieldsOf(document, resource),
    }));
    return { name, requests, resources };
  });
  return groups.filter(({ requests }) => requests.length > 0);
}

function entryOf(
  document: OpenApi,
  path: string,
  method: string,
  item: PathItem,
  operation: Operation,
): RequestEntry {
  const base = item.servers?.[0]?.url ?? '/api/v0';
  const { security = [], requestBody } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const [, body] = bodies.at(-1) ?? [];
  const answered = operation.responses['200']?.content?.['application/json']?.examples?.recorded?.value;
  const sent = bodies.find(([, { examples }]) => examples?.recorded)?.[1].examples?.recorded?.value;
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path: `${base === '/' ? '' : base}${path}`,
    summary: operation.summary,
    scopes: [...new Set(security.flatMap((each) => Object.values(each).flat()))],
    applications: security.flatMap((each) => Object.keys(each)),
    parameters: (operation.parameters ?? []).map((each) => {
      const known = '$ref' in each ? document.components.parameters[nameIn(each.$ref)] : each;
      const { name = '', required = false, description = '' } = known ?? {};
      return { name, place: known?.in ?? '', required, description };
    }),
    types: bodies.map(([type]) => type),
    body: body ? fieldsOf(document, nameIn(body.schema.$ref)) : [],
    statuses: Object.entries(operation['x-statuses']).map(([status, causes]) => ({ status, causes })),
    sent: shown(sent),
    answered: shown(answered),
  };
}

const shown = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value, null, 2);

const nameIn = (reference: string): string => reference.split('/').at(-1) ?? '';

/** Resources that the answer of an operation has; their names are those of the catalogue. */
function resourcesIn({ components }: OpenApi, operation: Operation): readonly string[] {
  const name = JSON.stringify(operation.responses['200']?.content?.['application/json'] ?? {});
  const answer = /#\/components\/schemas\/([\w-]+)"/.exec(name)?.[1] ?? '';
  const text = JSON.stringify(components.schemas[answer] ?? {});
  const found = [...text.matchAll(/#\/components\/schemas\/([a-z_]+)"/g)];
  return found.map(([, resource]) => resource ?? '');
}

function fieldsOf({ components }: OpenApi, name: string): readonly FieldRow[] {
  const { properties = {}, required = [] } = components.schemas[name] ?? {};
  return Object.entries(properties).map(([field, schema]) => ({
    name: field,
    kind: kindOf(schema),
    required: required.includes(field),
    description: schema.description ?? '',
  }));
}

function kindOf({ $ref, enum: values, anyOf, format }: Schema): string {
  if (values) return values.filter((value) => value !== null && value !== '').join(', ');
  if (format === 'binary') return 'file';
  const [kind, object] = [$ref, ...(anyOf ?? []).map((each) => each.$ref)].filter(
    (each) => each !== undefined,
  );
  if (kind === undefined) return 'see the example';
  const word = nameIn(kind).replace(/^Sent/, '').toLowerCase();
  return object ? `link to ${nameIn(object).replaceAll('_', ' ')}` : word;
}
