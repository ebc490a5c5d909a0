import type { Catalogue } from '../catalogue/catalogue.ts';
import { openApiFile } from '../openapi/file.ts';
import type { DocumentSchema, OpenApi, Operation, PathItem } from './openapi.ts';
import type { AnswerShape, FieldRow, Group, ReadField, RequestEntry } from './pages/reference.ts';
import { version } from './version.ts';

const methods = ['get', 'post', 'put', 'delete'] as const;

const groupsByCatalogue = new WeakMap<Catalogue, readonly Group[]>();

/** The document as pages show it: one group a tag, in its order. It is made once; the document itself is not kept. */
export async function referenceGroups(catalogue: Catalogue): Promise<readonly Group[]> {
  const known = groupsByCatalogue.get(catalogue);
  if (known) return known;
  const { bytes } = await openApiFile(catalogue, 'json', version);
  const groups = groupsOf(JSON.parse(bytes.toString('utf8')) as OpenApi);
  groupsByCatalogue.set(catalogue, groups);
  return groups;
}

export function groupsOf(document: OpenApi): readonly Group[] {
  const groups = document.tags.map(({ name, description = '' }) => {
    const requests: RequestEntry[] = [];
    const used = new Set<string>();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (operation?.tags[0] !== name) continue;
        requests.push(entryOf(document, { path, method, item, operation }));
        for (const schema of resourcesIn(document, answerOf(operation))) used.add(schema);
      }
    }
    const resources = [...used].sort().map((schema) => ({
      name: document.components.schemas[schema]?.['x-resource'] ?? schema,
      fields: fieldsOf(document, schema),
    }));
    return { name, description, requests, resources };
  });
  return groups.filter(({ requests }) => requests.length > 0);
}

interface DocumentedRequest {
  readonly path: string;
  readonly method: string;
  readonly item: PathItem;
  readonly operation: Operation;
}

function entryOf(document: OpenApi, { path, method, item, operation }: DocumentedRequest): RequestEntry {
  const base = item.servers?.[0]?.url ?? '/api/v0';
  const { security = [], requestBody } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
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
    body: bodyOf(
      document,
      bodies.map(([, { schema }]) => nameIn(schema.$ref)),
    ),
    answer: answerShapeOf(document, operation),
    statuses: Object.entries(operation['x-statuses']).map(([status, causes]) => ({ status, causes })),
    sent: recordedText(sent),
    answered: recordedText(answered),
  };
}

/** What a body takes in one encoding or another, each name once: a file may come in one of them only. */
function bodyOf(document: OpenApi, schemas: readonly string[]): readonly FieldRow[] {
  const rows = new Map<string, FieldRow>();
  for (const row of schemas.flatMap((name) => fieldsOf(document, name)))
    if (!rows.has(row.name)) rows.set(row.name, row);
  return [...rows.values()];
}

/** A recorded body as the page shows it; JSON is indented. */
function recordedText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return JSON.stringify(value, null, 2);
}

const nameIn = (reference: string): string => reference.split('/').at(-1) ?? '';

/** What one object of a schema is called: `company status` of `LinkedCompanyStatus`. */
const singular = (schema: string): string =>
  schema
    .replace(/^Linked(?!Object$)/, '')
    .replaceAll(/\B[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase();

/** The schema of what is answered; `undefined` for a file or a page. */
const answerOf = (operation: Operation): DocumentSchema | undefined =>
  operation.responses['200']?.content?.['application/json']?.schema;

/** The names of the resource schemas that a schema refers to, not counting those inside another resource. */
function resourcesIn(document: OpenApi, schema: DocumentSchema | undefined): readonly string[] {
  if (!schema) return [];
  const { $ref, properties = {}, items, anyOf = [] } = schema;
  if ($ref !== undefined) {
    const target = document.components.schemas[nameIn($ref)];
    return target?.['x-resource'] === undefined ? resourcesIn(document, target) : [nameIn($ref)];
  }
  const within = [...Object.values(properties), ...(items ? [items] : []), ...anyOf];
  return [...new Set(within.flatMap((each) => resourcesIn(document, each)))];
}

/** What a request answers: its outline, and, of each resource in it, what `_fields` takes. */
function answerShapeOf(document: OpenApi, operation: Operation): AnswerShape | undefined {
  const schema = answerOf(operation);
  if (!schema) return undefined;
  const takesFields = (operation.parameters ?? []).some(
    (each) => '$ref' in each && document.components.parameters[nameIn(each.$ref)]?.name === '_fields',
  );
  const resources = resourcesIn(document, schema).map((name) => {
    const {
      properties = {},
      required = [],
      'x-resource': resource = name,
    } = document.components.schemas[name] ?? {};
    const fields = Object.entries(properties).map(
      ([field, each]): ReadField => ({
        name: field,
        ...kindIn(document, each),
        always: required.includes(field) || (each.description ?? '').startsWith('Returned without'),
      }),
    );
    return { name: resource, fields };
  });
  return { outline: outlineOf(document, schema, ''), takesFields, resources };
}

/** A schema in few lines: `{ "meta": { … }, "response": [ company, … ] }`. */
function outlineOf(document: OpenApi, schema: DocumentSchema, indent: string): string {
  const { $ref, properties, items, anyOf } = schema;
  if ($ref !== undefined) {
    const name = nameIn($ref);
    const target = document.components.schemas[name] ?? {};
    const resource = target['x-resource'];
    if (resource !== undefined) return `<${singular(name)}>`;
    if (name === 'Meta') return '{ "status": "ok", "message": <text>, "more_info": <text> }';
    return target.properties || target.items
      ? outlineOf(document, target, indent)
      : `<${kindOf(document, schema)}>`;
  }
  if (properties) {
    const lines = Object.entries(properties).map(
      ([name, each]) => `${indent}  "${name}": ${outlineOf(document, each, `${indent}  `)}`,
    );
    return lines.length === 0 ? '{ … }' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  if (items)
    return Object.keys(items).length === 0 ? '[ … ]' : `[ ${outlineOf(document, items, indent)}, … ]`;
  const [only] = (anyOf ?? []).filter(({ type }) => type !== 'null');
  if (only) return outlineOf(document, only, indent);
  return schema.type === 'null' ? 'null' : '<anything>';
}

function fieldsOf(document: OpenApi, name: string): readonly FieldRow[] {
  const { properties = {}, required = [], 'x-resource': resource } = document.components.schemas[name] ?? {};
  return Object.entries(properties).map(([field, schema]) => ({
    name: field,
    kind: kindOf(document, schema),
    // What is read is not required of anybody.
    required: resource === undefined && required.includes(field),
    description: describedIn(document, schema),
  }));
}

const describedIn = ({ components }: OpenApi, { description, $ref }: DocumentSchema): string =>
  description ?? components.schemas[nameIn($ref ?? '')]?.description ?? '';

function kindOf(document: OpenApi, schema: DocumentSchema): string {
  const { kind, to } = kindIn(document, schema);
  return to === undefined ? kind : `${kind} ${to.name}`;
}

/** The kind of a field, and the resource that it refers to. */
function kindIn(document: OpenApi, schema: DocumentSchema): Pick<ReadField, 'kind' | 'to'> {
  const { enum: values, items, anyOf, format, type } = schema;
  if (values) return { kind: values.filter((value) => value !== null && value !== '').join(', ') };
  if (format === 'binary') return { kind: 'file' };
  if (items) return { kind: 'list of', ...resourceAt(document, items) };
  const references = [schema, ...(anyOf ?? [])].flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref]));
  const linked = references.map((each) => resourceAt(document, { $ref: each })).find(({ to }) => to);
  if (linked) return { kind: references.length > 1 ? 'link to' : 'one of', ...linked };
  const [kind] = references;
  if (kind !== undefined) return { kind: nameIn(kind).replace(/^Sent/, '').toLowerCase() };
  if (typeof type === 'string') return { kind: type };
  return { kind: 'see the example' };
}

function resourceAt({ components }: OpenApi, { $ref = '' }: DocumentSchema): Pick<ReadField, 'to'> {
  const name = nameIn($ref);
  const resource = components.schemas[name]?.['x-resource'];
  return resource === undefined ? {} : { to: { resource, name: singular(name) } };
}
