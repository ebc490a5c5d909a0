import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

/** Shown instead of a PIN that was used or has expired. */
export function noPinPage(signedIn?: SignedInAs): string {
  return layout({
    title: 'No PIN to show',
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>There is no PIN to show</h1>
<p>It was used, or it has expired, or this browser has signed in again since. If you still need one, start again in the application.</p>
</div>`,
  });
}
