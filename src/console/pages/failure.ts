import type { StatusName } from '../../contract/statuses.ts';
import { html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';

export interface ServerFailure {
  /** The message that is safe to show. */
  readonly message: string;
  readonly requestId: string;
  readonly status: StatusName;
}

/** For a page outside the API that could not be made. */
export function failurePage({ message, requestId, status }: ServerFailure): string {
  return layout({
    title: 'The server failed',
    kind: 'document',
    main: html`<h1>The server failed</h1>
<div class="sheet">
<p class="error" role="alert">${message}</p>
<dl class="facts small">
<dt>Status</dt><dd><a href="${statusCodesPath}#${status}"><code>${status}</code></a></dd>
<dt>Request</dt><dd><code>${requestId}</code></dd>
</dl>
</div>`,
  });
}
