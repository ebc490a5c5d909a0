import { html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';
import { referencePath } from './reference.ts';

export interface Home {
  readonly version: string;
  /** A server that moves its clock and makes faults on request says so. */
  readonly sandbox: boolean;
  /** Shown to everybody: pass none if tenants must stay unknown. `base` is the base URL of the API, `account` the page for people who sign in. */
  readonly deployments: readonly {
    readonly title: string;
    readonly base: string;
    readonly account?: string;
  }[];
  /** Commands that work when pasted into a shell, one a line. */
  readonly lines: readonly string[];
}

const commands = [
  { line: 'accord explain THE-REQUEST-ID', does: 'why a request was answered as it was' },
  { line: 'accord sandbox fault add --cause window.exhausted', does: 'the quota is used up: 429' },
  { line: 'accord sandbox fault clear', does: 'and no longer' },
  { line: 'accord sandbox clock advance 3600', does: 'an hour later: tokens, quotas and lockouts follow' },
  { line: 'accord sandbox --help', does: 'forks, snapshots, records of what a client sent' },
] as const;

/** The start page: what this server is, and the first request to send to it. */
export function startPage({ version, sandbox, deployments, lines }: Home): string {
  return layout({
    title: 'Start',
    kind: 'document',
    main: html`<h1>An API server, ready for requests</h1>
<p class="lead">Accord speaks the Accelo public API: OAuth 2.0 under <code>/oauth2/v0</code> and the resources under <code>/api/v0</code>. Every answer carries a status, for a reason that can be found out.</p>
${sandbox && html`<p><span class="badge warn">sandbox</span> This server is for trying things out: its clock may be moved and its faults are made on purpose.</p>`}
${
  lines.length > 0 &&
  html`<section class="sheet" aria-labelledby="try">
<h2 id="try">Ask for a token, then list companies</h2>
<p>Paste these into a terminal:</p>
${lines.map((line) => html`<pre><code>${line}</code></pre>\n`)}</section>`
}
${
  sandbox &&
  html`<section class="sheet" aria-labelledby="next">
<h2 id="next">Then ask why, and make it happen</h2>
<p>In the folder of the server, where <code>accord</code> stands for <code>npm run -s accord --</code>:</p>
<dl class="facts">
${commands.map(({ line, does }) => html`<dt><code>${line}</code></dt><dd>${does}</dd>\n`)}</dl>
<p>All of it: <code>docs/guides/sandbox.md</code> there.</p>
</section>`
}
${
  deployments.length > 0 &&
  html`<section class="sheet" aria-labelledby="deployments">
<h2 id="deployments">Deployments</h2>
<dl class="facts">
${deployments.map(({ title, base, account }) => html`<dt><bdi>${title}</bdi></dt><dd><code>${base}</code>${account !== undefined && html` · <a href="${account}">Account</a>`}</dd>\n`)}</dl>
</section>`
}
<section class="sheet" aria-labelledby="reference">
<h2 id="reference">What you can request</h2>
<p><a href="${referencePath}">Reference</a>: every request, its parameters, its answer and the causes of its refusals; <a href="/api/v0/openapi.json">the same in OpenAPI 3.1</a>.</p>
</section>
<section class="sheet" aria-labelledby="more">
<h2 id="more">When an answer is not what you expected</h2>
<p><a href="${statusCodesPath}">Status codes</a>: what each status means, every cause it can have, and what to change.</p>
<p>Each answer names its request in <code>X-Request-Id</code>; <code>accord explain</code> shows the operator what happened to it.</p>
</section>
<p class="version quiet small">Version ${version}</p>`,
  });
}
