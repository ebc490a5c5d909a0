import type { Cause } from '../../contract/cause.ts';
import type { Status } from '../../contract/statuses.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { referencePath } from './reference.ts';

export interface StatusCodes {
  /** `contract/statuses.ts`; the key is the anchor. */
  readonly statuses: Readonly<Record<string, Status>>;
  /** `contract/causes.ts`; the key is an anchor too (causes have a dot in their name, statuses have none). */
  readonly causes: Readonly<Record<string, Cause>>;
  /** The title of the deployment whose host the page was asked from. */
  readonly deployment?: string;
}

const origins: Readonly<Record<Cause['origin'], string>> = Object.freeze({
  'older page': 'documented (older page)',
  'current page': 'documented (current page)',
  recorded: 'recorded from the hosted API',
  ours: 'Accord’s own',
});

function badge(http: number): Html {
  return html`<span class="badge ${http < 400 ? 'good' : http < 500 ? 'warn' : 'bad'}">${http}</span>`;
}

/** A command between backticks, as the tables write it. */
function withCode(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** A message with the places that a refusal fills in. */
function withPlaces(message: string): readonly (Html | string)[] {
  return message.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 1 ? html`<var>${part}</var>` : part));
}

// The roles are spelled out because a table that is laid out as blocks on a phone loses them.
function row([name, cause]: readonly [string, Cause]): Html {
  return html`<tr role="row" id="${name}">
<th role="rowheader" scope="row"><code>${name}</code></th>
<td role="cell" data-label="Because">${withCode(cause.because)}</td>
<td role="cell" data-label="Message">${withPlaces(cause.message)}</td>
<td role="cell" data-label="Remedy">${withCode(cause.remedy)}</td>
<td role="cell" data-label="Origin" class="quiet">${origins[cause.origin]}</td>
</tr>
`;
}

function table(name: string, causes: readonly (readonly [string, Cause])[]): Html {
  return html`<table role="table" aria-label="Causes of ${name}">
<thead role="rowgroup"><tr role="row">${['Cause', 'Because', 'Message', 'Remedy', 'Origin'].map(
    (column) => html`<th role="columnheader" scope="col">${column}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">
${causes.map(row)}</tbody>
</table>`;
}

function section(name: string, { http, meaning, advice }: Status, causes: StatusCodes['causes']): Html {
  const own = Object.entries(causes).filter(([, cause]) => cause.status === name);
  return html`<section class="sheet status" id="${name}" aria-labelledby="${name}-title">
<h2 id="${name}-title"><a href="#${name}"><code>${name}</code></a> ${badge(http)}</h2>
<p>${meaning} <span class="quiet">${advice}</span></p>
${own.length > 0 && table(name, own)}
<p class="back"><a href="#contents">Back to the list</a></p>
</section>
`;
}

/** The page behind `more_info`: an anchor for each status and each cause. */
export function statusCodes({ statuses, causes, deployment }: StatusCodes): string {
  const named = Object.entries(statuses);
  return layout({
    title: 'Status codes',
    kind: 'document',
    main: html`<h1>Status codes</h1>
<p class="lead">Every answer${deployment !== undefined && html` of <bdi>${deployment}</bdi>`} carries one of ${named.length} statuses: in <code>meta.status</code>, in the header <code>X-Status</code>, or in <code>error</code> at the OAuth endpoints. The cause stays with the operator, who finds it by the <code>X-Request-Id</code> of the answer.</p>
<nav class="contents" id="contents" aria-label="Statuses">
<ul>
${named.map(([name, { http }]) => html`<li><a href="#${name}"><code>${name}</code> ${badge(http)}</a></li>\n`)}</ul>
</nav>
<p>The <a href="${referencePath}">reference</a> has the causes of each request.</p>
${named.map(([name, status]) => section(name, status, causes))}`,
  });
}
