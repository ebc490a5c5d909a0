import { type Html, html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';
import {
  type AnswerShape,
  entries,
  type FieldRow,
  type Group,
  methodBadge,
  type ReadField,
  type RequestEntry,
  referencePath,
  withCode,
  words,
} from './reference.ts';

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

/** The resources that the page has the fields of: links lead there. */
type Known = ReadonlySet<string>;

function fieldLine({ name, kind, to }: ReadField, known: Known): Html {
  const target =
    to && (known.has(to.resource) ? html` <a href="#fields-${to.resource}">${to.name}</a>` : ` ${to.name}`);
  return html`<code>${name}</code> ${kind}${target}`;
}

const listed = (fields: readonly ReadField[], known: Known): readonly Html[] =>
  fields.map((field, index) => html`${index > 0 && '; '}${fieldLine(field, known)}`);

/** What a request answers: its outline, and what `_fields` takes of each object in it. */
function answerOf({ outline, takesFields, resources }: AnswerShape, known: Known): Html {
  return html`<pre><code>${outline}</code></pre>
${resources.map(({ name, fields: all }) => {
  const always = all.filter((field) => field.always);
  const others = all.filter((field) => !field.always);
  return html`<p><a href="#fields-${name}">${words(name)}</a>, always: ${always.length > 0 ? listed(always, known) : 'nothing'}.</p>
${
  takesFields &&
  others.length > 0 &&
  html`<p class="small"><code>_fields</code> takes besides: ${listed(others, known)}.</p>\n`
}`;
})}`;
}

function request(entry: RequestEntry, known: Known): Html {
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
    answer,
    statuses,
    sent,
    answered,
  } = entry;
  const title = `${method} ${path}`;
  return html`<section class="sheet status" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><a href="#${id}">${methodBadge(method)} <code>${path}</code></a></h2>
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
${answer && html`<h3>Answer</h3>\n${answerOf(answer, known)}`}
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
export function referenceGroupPage({ name, description, requests, resources }: Group): string {
  const known = new Set(resources.map((resource) => resource.name));
  return layout({
    title: `Reference: ${words(name)}`,
    kind: 'document',
    main: html`<p class="back"><a href="${referencePath}">All requests</a></p>
<h1>${words(name)}</h1>
<p class="lead">${withCode(description)}</p>
<nav class="contents" id="contents" aria-label="Requests">
${entries(requests, '')}
</nav>
${requests.map((entry) => request(entry, known))}
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
