import { html } from './html.ts';
import { layout } from './layout.ts';

export interface Denied {
  readonly application: string;
}

/** After a refusal that has no redirect URI to travel to: the other end of `pin`. */
export function denied({ application }: Denied): string {
  return layout({
    title: 'Nothing was granted',
    kind: 'task',
    main: html`<div class="sheet">
<h1>Nothing was granted</h1>
<p><strong><bdi>${application}</bdi></strong> gets no access to your account. You may close this page.</p>
</div>`,
  });
}
