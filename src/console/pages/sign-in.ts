import { hiddenFields } from './hidden-fields.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

export interface SignIn {
  readonly deployment: string;
  /** The title of the application that asks for authorization; without one a person wants to see their account. */
  readonly application?: string;
  /** As typed before; the password is never sent back. */
  readonly username?: string;
  readonly error?: string;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

/** The form that asks a member of staff for username and password. Posts `username`, `password` and what is hidden. */
export function signInPage({ deployment, application, username, error, action, hidden }: SignIn): string {
  const blamed = error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
  return layout({
    // Read first by a screen reader after the post, before it reaches the alert.
    title: `${error === undefined ? '' : 'Error: '}Sign in to ${deployment}`,
    kind: 'task',
    main: html`<div class="sheet">
<h1>Sign in to <bdi>${deployment}</bdi></h1>
${application !== undefined && html`<p class="quiet"><strong><bdi>${application}</bdi></strong> asks for access to your account. Nothing is granted before you agree on the next page.</p>\n`}${error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post" action="${action}">
${hiddenFields(hidden)}<div class="field">
<label for="username">Username</label>
<input id="username" name="username" type="text" value="${username}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required=""${blamed}/>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required=""${blamed}/>
</div>
<button class="primary" type="submit">Sign in</button>
</form>
</div>`,
  });
}
