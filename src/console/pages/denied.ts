import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

export interface Denied {
  readonly application: string;
  readonly signedIn: SignedInAs;
}

/** After a refusal that has no redirect URI to travel to: the other end of `pinPage`. */
export function deniedPage({ application, signedIn }: Denied): string {
  return layout({
    title: 'Nothing was granted',
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Nothing was granted</h1>
<p><strong><bdi>${application}</bdi></strong> gets no access to your account. You may close this page.</p>
</div>`,
  });
}
