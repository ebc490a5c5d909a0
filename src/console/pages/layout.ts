import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { type SignedInAs, signedInHead } from './signed-in.ts';
import { style } from './style.ts';

/** The source of the embedded style for a `style-src` of a Content-Security-Policy, in its quotes (CSP 3, 2.3.1). */
export const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** The path of the page of statuses; `#<status>` is one of them. */
export const statusCodesPath = '/docs/status-codes';

// Both are constants of this project: neither can hold what a caller sent.
const embedded = new Html(style);
const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 24 24%22%3E' +
  '%3Cpath fill=%22%231f9d7f%22 d=%22M3 3h4v18H3z%22/%3E%3Cpath fill=%22%23d9962a%22 d=%22M10 8h4v13h-4z%22/%3E' +
  '%3Cpath fill=%22%23c8453c%22 d=%22M17 14h4v7h-4z%22/%3E%3C/svg%3E';

const mark = html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
<rect x="3" y="3" width="4" height="18" rx="1.5"/><rect x="10" y="8" width="4" height="13" rx="1.5"/><rect x="17" y="14" width="4" height="7" rx="1.5"/></svg>`;

export interface Layout {
  readonly title: string;
  /** `task`: one narrow sheet without links elsewhere; `document`: wide, and the product's name links to the start page. */
  readonly kind: 'task' | 'document';
  readonly main: Html;
  /** On a page that needs a sign-in: who is signed in, with a way out. */
  readonly signedIn?: SignedInAs | undefined;
}

/** A whole page: XML-compatible HTML, without scripts, inline style attributes or anything loaded from elsewhere. */
export function layout({ title, kind, main, signedIn }: Layout): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<title>${title} · Accord</title>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="robots" content="noindex"/>
<link rel="icon" href="${icon}"/>
<style>${embedded}</style>
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to the content</a>
<header>${
    kind === 'document'
      ? html`<a class="brand" href="/">${mark}<span>Accord</span></a>`
      : html`<span class="brand">${mark}<span>Accord</span></span>`
  }${signedIn && signedInHead(signedIn)}</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer><p>Accord is not affiliated with Accelo.</p></footer>
</body>
</html>
`.markup;
}
