import { type Html, html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';

/** Where the list of all requests is; `/<group>` leads to those of one group, `#<id>` there to one request. */
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
  readonly statuses: readonly { readonly status: string; readonly causes: readonly string[] }[];
  /** Recorded. */
  readonly sent: string | undefined;
  readonly answered: string | undefined;
}

export interface FieldRow {
  readonly name: string;
  readonly kind: string;
  readonly required: boolean;
  readonly description: string;
}

export interface Group {
  readonly name: string;
  readonly requests: readonly RequestEntry[];
  /** What its requests answer. */
  readonly resources: readonly { readonly name: string; readonly fields: readonly FieldRow[] }[];
}

const words = (name: string): string => name.replaceAll('_', ' ');
const pathOf = (group: string): string => `${referencePath}/${encodeURIComponent(group)}`;
const verb = (method: string): Html =>
  html`<span class="badge ${method === 'GET' ? 'good' : method === 'DELETE' ? 'bad' : 'warn'}">${method}</span>`;

/** Text with code between backticks, as the document has it. */
const withCode = (text: string): readonly (Html | string)[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));

function entries(requests: readonly RequestEntry[], page: string): Html {
  return html`<ul>
${requests.map(
  ({ id, method, path, summary }) =>
    html`<li><a href="${page}#${id}"><span>${verb(method)} <code>${path}</code> <span class="quiet small">${summary}</span></span></a></li>\n`,
)}</ul>`;
}

/** Every group of requests, and every request. */
export function reference({ groups }: { readonly groups: readonly Group[] }): string {
  const total = groups.reduce((sum, { requests }) => sum + requests.length, 0);
  return layout({
    title: 'Reference',
    kind: 'document',
    main: html`<h1>Reference</h1>
<p class="lead">The ${total} requests of this version, with their parameters, their statuses and the causes of each. The same for programs, in OpenAPI 3.1: <a href="/api/v0/openapi.json"><code>/api/v0/openapi.json</code></a>.</p>
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

// The roles are spelled out because a table that is laid out as blocks on a phone loses them.
function table(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly [Html, ...(Html | readonly (Html | string)[] | string)[]])[],
): Html {
  return html`<table role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  ([head, ...cells]) =>
    html`<tr role="row"><th role="rowheader" scope="row">${head}</th>${cells.map(
      (cell, index) => html`<td role="cell" data-label="${columns[index + 1]}">${cell}</td>`,
    )}</tr>\n`,
)}</tbody>
</table>`;
}

const named = (name: string, required: boolean): Html =>
  html`<code>${name}</code>${required && html` <span class="badge warn">required</span>`}`;

const fields = (label: string, rows: readonly FieldRow[]): Html =>
  table(
    label,
    ['Name', 'Kind', 'What'],
    rows.map(({ name, kind, required, description }) => [named(name, required), kind, withCode(description)]),
  );

function request(entry: RequestEntry): Html {
  const {
    id,
    method,
    path,
    summary,
    scopes,
    applications,
    parameters,
    types,
    body,
    statuses,
    sent,
    answered,
  } = entry;
  const title = `${method} ${path}`;
  return html`<section class="sheet status" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><a href="#${id}">${verb(method)} <code>${path}</code></a></h2>
<p>${summary}.</p>
${
  applications.length > 0 &&
  html`<dl class="facts">
<dt>Scope</dt><dd>${scopes.length > 0 ? html`<code>${scopes.join(', ')}</code>` : 'any token'}</dd>
<dt>Applications</dt><dd>${applications.join(', ')}</dd>
</dl>`
}
${
  parameters.length > 0 &&
  html`<h3>Parameters</h3>
${table(
  `Parameters of ${title}`,
  ['Name', 'Where', 'What'],
  parameters.map(({ name, place, required, description }) => [
    named(name, required),
    place,
    withCode(description),
  ]),
)}`
}
${
  body.length > 0 &&
  html`<h3>Body</h3>
<p class="quiet small">${types.join(', ')}</p>
${fields(`Body of ${title}`, body)}`
}
<h3>Statuses</h3>
${table(
  `Statuses of ${title}`,
  ['Status', 'Causes'],
  statuses.map(({ status, causes }) => [
    html`<a href="${statusCodesPath}#${status}"><code>${status}</code></a>`,
    causes.map((cause, index) => html`${index > 0 && ', '}<code>${cause}</code>`),
  ]),
)}
${
  answered !== undefined &&
  html`<details><summary>A recorded exchange</summary>
${sent !== undefined && html`<pre><code>${sent}</code></pre>\n`}<pre><code>${answered}</code></pre>
</details>`
}
<p class="back"><a href="#contents">Back to the list</a></p>
</section>
`;
}

/** The requests of one group, and the fields of what they answer. */
export function referenceOf({ name, requests, resources }: Group): string {
  return layout({
    title: `Reference: ${words(name)}`,
    kind: 'document',
    main: html`<p class="back"><a href="${referencePath}">All requests</a></p>
<h1>${words(name)}</h1>
<nav class="contents" id="contents" aria-label="Requests">
${entries(requests, '')}
</nav>
${requests.map(request)}
${resources.map(
  (
    resource,
  ) => html`<section class="sheet status" id="fields-${resource.name}" aria-labelledby="fields-${resource.name}-title">
<h2 id="fields-${resource.name}-title">Fields of ${words(resource.name)}</h2>
${fields(`Fields of ${words(resource.name)}`, resource.fields)}
<p class="back"><a href="#contents">Back to the list</a></p>
</section>
`,
)}`,
  });
}
