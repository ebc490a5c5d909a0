import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

export interface RecoveryCodesContent {
  readonly signedIn: SignedInAs;
  readonly codes: readonly string[];
  /** What was done before they were made. */
  readonly done: string;
  /** Where to go on. */
  readonly next: string;
}

/** Recovery codes, which are shown once. */
export function recoveryCodesPage({ signedIn, codes, done, next }: RecoveryCodesContent): string {
  return layout({
    title: 'Your recovery codes',
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Your recovery codes</h1>
<p class="done" role="status">${done}</p>
<p>Store these in a safe place. If you lose your phone, each of them works once, in place of a code. <strong>They are not shown again.</strong></p>
<pre id="codes" translate="no">${codes.join('\n')}</pre>
<p><a class="button" href="${next}">I have stored them: go on</a></p>
</div>`,
  });
}
