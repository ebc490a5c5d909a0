import { blame, codeField } from './code-field.ts';
import { hiddenFields } from './hidden-fields.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

export interface SignInCode {
  readonly deployment: string;
  /** The title of the application that asks for authorization; without one a person wants to see their account. */
  readonly application?: string;
  readonly error?: string;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

/** The second step of a sign-in. Posts `code`, or `recovery`, and what is hidden. */
export function signInCodePage({ deployment, application, error, action, hidden }: SignInCode): string {
  return layout({
    title: `${error === undefined ? '' : 'Error: '}Your code for ${deployment}`,
    kind: 'task',
    main: html`<div class="sheet">
<h1>Your code for <bdi>${deployment}</bdi></h1>
${application !== undefined && html`<p class="quiet"><strong><bdi>${application}</bdi></strong> asks for access to your account. Nothing is granted before you agree on the next page.</p>\n`}<p>Enter the code of six digits that your authenticator app shows.</p>
${error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post" action="${action}">
${hiddenFields(hidden)}${codeField(blame(error))}
<button class="primary" type="submit">Sign in</button>
</form>
<details>
<summary>I do not have my phone</summary>
<form method="post" action="${action}">
${hiddenFields(hidden)}<div class="field">
<label for="recovery">Recovery code</label>
<input id="recovery" name="recovery" type="text" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" required="" aria-describedby="recovery-use"/>
<p class="quiet small" id="recovery-use">One of those that you stored when you turned on the second factor. Each works once. If you have none left, ask the people who run this server.</p>
</div>
<button class="primary" type="submit">Sign in with a recovery code</button>
</form>
</details>
</div>`,
  });
}
