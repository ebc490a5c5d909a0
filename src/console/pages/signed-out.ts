import { html } from './html.ts';
import { layout } from './layout.ts';

/** After a sign-out. */
export function signedOutPage(): string {
  return layout({
    title: 'You are signed out',
    kind: 'task',
    main: html`<div class="sheet">
<h1>You are signed out</h1>
<p>Applications that you allowed still act for you. You may close this page.</p>
<p><a href="/account">Sign in again</a></p>
</div>`,
  });
}
