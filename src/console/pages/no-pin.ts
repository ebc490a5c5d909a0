import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

/** Where a PIN was, once it is good for nothing. */
export function noPinPage(signedIn?: SignedInAs): string {
  return layout({
    title: 'No PIN to show',
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>There is no PIN to show</h1>
<p>It has been used, or its time is over, or this browser has signed in again since. If you still need one, begin again in the application.</p>
</div>`,
  });
}
