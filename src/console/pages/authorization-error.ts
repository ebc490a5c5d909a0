import type { StatusName } from '../../contract/statuses.ts';
import { html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';

export interface AuthorizationError {
  readonly title: string;
  /** The message that is safe to show. */
  readonly message: string;
  readonly requestId: string;
  readonly status: StatusName;
}

/** What a person sees when an authorization request may not be answered by a redirect (RFC 6749, 4.1.2.1). */
export function authorizationErrorPage({ title, message, requestId, status }: AuthorizationError): string {
  return layout({
    title,
    kind: 'task',
    main: html`<div class="sheet">
<h1>${title}</h1>
<p class="error" role="alert">${message}</p>
<p>You were not sent back to the application, and nothing was granted. Go back and try again; if this page returns, show it to the people who run the application.</p>
<dl class="facts small">
<dt>Status</dt><dd><a href="${statusCodesPath}#${status}"><code>${status}</code></a></dd>
<dt>Request</dt><dd><code>${requestId}</code></dd>
</dl>
</div>`,
  });
}
