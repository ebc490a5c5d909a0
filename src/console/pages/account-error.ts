import type { StatusName } from '../../contract/statuses.ts';
import { html } from './html.ts';
import { layout, statusCodesPath } from './layout.ts';

export interface AccountError {
  /** The message that is safe to show. */
  readonly message: string;
  readonly requestId: string;
  readonly status: StatusName;
}

/** What a person sees when a page of the account cannot be shown, or a form of it does nothing. */
export function accountErrorPage({ message, requestId, status }: AccountError): string {
  const title = status === 'server_error' ? 'The server failed' : 'This cannot be done';
  return layout({
    title,
    kind: 'task',
    main: html`<div class="sheet">
<h1>${title}</h1>
<p class="error" role="alert">${message}</p>
<p>Nothing was changed. <a href="/account">Back to your account</a></p>
<dl class="facts small">
<dt>Status</dt><dd><a href="${statusCodesPath}#${status}"><code>${status}</code></a></dd>
<dt>Request</dt><dd><code>${requestId}</code></dd>
</dl>
</div>`,
  });
}
