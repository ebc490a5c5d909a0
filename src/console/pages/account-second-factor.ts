import type { ShownMoment } from './account.ts';
import { hiddenFields } from './hidden-fields.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

export interface AccountSecondFactor {
  readonly signedIn: SignedInAs;
  /** `undefined`: it is off. */
  readonly on: { readonly since: ShownMoment; readonly recoveryCodesLeft: number } | undefined;
  /** Everybody needs one. */
  readonly required: boolean;
  /** What was just done. */
  readonly done: string | undefined;
}

/** Whether the second factor is on. Posts `do`: `begin`, `codes` or `off`. */
export function accountSecondFactorPage({ signedIn, on, required, done }: AccountSecondFactor): string {
  const form = (what: string, button: Html): Html => html`<form method="post" action="/account/second-factor">
${hiddenFields({ csrf: signedIn.csrf, do: what })}${button}
</form>
`;
  const plain = (text: string): Html => html`<button class="plain" type="submit">${text}</button>`;
  const primary = (text: string): Html => html`<button class="primary" type="submit">${text}</button>`;
  return layout({
    title: 'Second factor',
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Second factor</h1>
${done !== undefined && html`<p class="done" role="status">${done}</p>\n`}${
  on === undefined
    ? html`<p><span class="badge warn">off</span> Your password alone lets you in.</p>
<p>When it is on, a sign-in also asks for a code that an app on your phone shows. A stolen password alone is then useless.</p>
${form('begin', primary('Turn it on'))}`
    : html`<p><span class="badge good">on</span> A sign-in asks for a code of your app.</p>
<dl class="facts">
<dt>Since</dt><dd><time datetime="${on.since.exact}">${on.since.text}</time></dd>
<dt>Recovery codes left</dt><dd>${on.recoveryCodesLeft}</dd>
</dl>
${form('codes', primary('Make new recovery codes'))}${form('begin', plain('Use another app or phone'))}${
  required
    ? html`<p class="quiet">It cannot be turned off here: everybody needs one.</p>\n`
    : form('off', plain('Turn it off'))
}`
}<p><a href="/account">Back to the account</a></p>
</div>`,
  });
}
