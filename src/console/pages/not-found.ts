import { html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';

export interface NotFound {
  readonly path: string;
  readonly requestId: string;
}

const pathLengthMax = 200;

/** For a path outside the API at which there is no page. Shows 200 characters of the path at most. */
export function notFoundPage({ path, requestId }: NotFound): string {
  return layout({
    title: 'There is no such page',
    kind: 'document',
    main: html`<h1>There is no such page</h1>
<div class="sheet">
<p>There is no page at <code>${path.length > pathLengthMax ? `${path.slice(0, pathLengthMax)}…` : path}</code>. The API itself is under <code>/api/v0</code>.</p>
<p><a href="/">Start page</a> · <a href="${statusCodesPath}">Status codes</a></p>
<p class="quiet small">Request <code>${requestId}</code></p>
</div>`,
  });
}
