import { hiddenFields } from './hidden-fields.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

export interface AccountConfirm {
  readonly signedIn: SignedInAs;
  readonly username: string;
  readonly action: string;
  /** What the form that led here said. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly error?: string;
  /** The password is needed even if it was given a moment ago. */
  readonly always?: boolean;
}

/** Asks for the password once more before something is ended. Posts it with what the form before said. */
export function accountConfirmPage(asked: AccountConfirm): string {
  const { signedIn, username, action, hidden, error, always } = asked;
  const blamed = error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
  return layout({
    title: `${error === undefined ? '' : 'Error: '}Your password, please`,
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Your password, please</h1>
<p>${always ? '' : 'You signed in a while ago. '}Give your password again to go on.</p>
${error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post" action="${action}">
${hiddenFields({ csrf: signedIn.csrf, ...hidden })}<label class="heard" for="username">Username</label>
<input class="heard" id="username" type="text" name="username" value="${username}" autocomplete="username" readonly="" tabindex="-1"/>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required=""${blamed}/>
</div>
<button class="primary" type="submit">Go on</button>
</form>
<p><a href="/account">Leave it as it is</a></p>
</div>`,
  });
}
