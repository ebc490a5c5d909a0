import { type Html, html } from './html.ts';
import { layout } from './layout.ts';

/** The path of the list of all requests; `/<group>` has those of one group, and `#<id>` there is one request. */
export const referencePath = '/docs/reference';

export interface RequestEntry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly scopes: readonly string[];
  /** The types of application that may ask. */
  readonly applications: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly place: string;
    readonly required: boolean;
    readonly description: string;
  }[];
  /** Media types that a body may have. */
  readonly types: readonly string[];
  readonly body: readonly FieldRow[];
  /** `undefined`: a file or a page. */
  readonly answer: AnswerShape | undefined;
  readonly statuses: readonly { readonly status: string; readonly causes: readonly string[] }[];
  /** Recorded. */
  readonly sent: string | undefined;
  readonly answered: string | undefined;
}

/** What a request answers, in few lines, and the objects that are in it. */
export interface AnswerShape {
  readonly outline: string;
  /** Whether `_fields` chooses what the objects have. */
  readonly takesFields: boolean;
  readonly resources: readonly { readonly name: string; readonly fields: readonly ReadField[] }[];
}

export interface ReadField {
  readonly name: string;
  readonly kind: string;
  /** What a link points at, and what one such object is called. */
  readonly to?: { readonly resource: string; readonly name: string };
  /** Returned without being asked for. */
  readonly always: boolean;
}

export interface FieldRow {
  readonly name: string;
  readonly kind: string;
  readonly required: boolean;
  readonly description: string;
}

export interface Group {
  readonly name: string;
  readonly description: string;
  readonly requests: readonly RequestEntry[];
  /** What its requests answer. */
  readonly resources: readonly { readonly name: string; readonly fields: readonly FieldRow[] }[];
}

export const words = (name: string): string => name.replaceAll('_', ' ');
const pathOf = (group: string): string => `${referencePath}/${encodeURIComponent(group)}`;
const methodColours: Readonly<Record<string, string>> = { GET: 'good', DELETE: 'bad' };
export const methodBadge = (method: string): Html =>
  html`<span class="badge ${methodColours[method] ?? 'warn'}">${method}</span>`;

/** Text with code between backticks, as the document has it. */
export const withCode = (text: string): readonly (Html | string)[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));

export function entries(requests: readonly RequestEntry[], page: string): Html {
  return html`<ul>
${requests.map(
  ({ id, method, path, summary }) =>
    html`<li><a href="${page}#${id}"><span>${methodBadge(method)} <code>${path}</code> <span class="quiet small">${summary}</span></span></a></li>\n`,
)}</ul>`;
}

/** Every group of requests, and every request. */
export function referencePage({ groups }: { readonly groups: readonly Group[] }): string {
  const total = groups.reduce((sum, { requests }) => sum + requests.length, 0);
  return layout({
    title: 'Reference',
    kind: 'document',
    main: html`<h1>Reference</h1>
<p class="lead">The ${total} requests of this version, with their parameters, their statuses and the causes of each. The same for programs, in OpenAPI 3.1: <a href="/api/v0/openapi.json"><code>/api/v0/openapi.json</code></a>, or <a href="/api/v0/openapi.yaml">in YAML</a>.</p>
<nav class="contents" id="contents" aria-label="Resources">
<ul>
${groups.map(({ name, requests }) => html`<li><a href="#${name}"><span>${words(name)}</span> <span class="quiet small">${requests.length}</span></a></li>\n`)}</ul>
</nav>
${groups.map(
  ({ name, requests }) => html`<section class="contents" id="${name}" aria-labelledby="${name}-title">
<h2 id="${name}-title">${words(name)}</h2>
${entries(requests, pathOf(name))}
</section>
`,
)}`,
  });
}
