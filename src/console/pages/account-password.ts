import { hiddenFields } from './hidden-fields.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

export interface AccountPassword {
  readonly signedIn: SignedInAs;
  /** For password managers, which keep the new password under it. */
  readonly username: string;
  readonly error?: { readonly of: 'current' | 'new' | 'again'; readonly text: string };
}

/** The form for another password. Posts `current`, `new`, `again` and, when it is checked, `others`. */
export function accountPasswordPage({ signedIn, username, error }: AccountPassword): string {
  const blamed = (field: string, described?: string) => {
    const wrong = error?.of === field;
    const by = [wrong && 'error', described].filter(Boolean).join(' ');
    return html`${wrong && html` aria-invalid="true"`}${by !== '' && html` aria-describedby="${by}"`}`;
  };
  return layout({
    title: `${error === undefined ? '' : 'Error: '}Change the password`,
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Change the password</h1>
${error !== undefined && html`<p class="error" id="error" role="alert">${error.text}</p>`}
<form method="post" action="/account/password">
${hiddenFields({ csrf: signedIn.csrf })}<label class="heard" for="username">Username</label>
<input class="heard" id="username" type="text" name="username" value="${username}" autocomplete="username" readonly="" tabindex="-1"/>
<div class="field">
<label for="current">Current password</label>
<input id="current" name="current" type="password" autocomplete="current-password" required=""${blamed('current')}/>
</div>
<div class="field">
<label for="new">New password</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="8" required=""${blamed('new', 'rules')}/>
<p class="quiet small" id="rules">8 characters or more; 15 or more are better. Any characters will do, and you may paste it.</p>
</div>
<div class="field">
<label for="again">New password again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required=""${blamed('again')}/>
</div>
<label class="check" for="others"><input id="others" type="checkbox" name="others" value="1" autocomplete="off" checked=""/><span>End my sign-ins in other browsers</span></label>
<button class="primary" type="submit">Change the password</button>
</form>
<p class="quiet small">Applications that you allowed keep their access; you can revoke it in <a href="/account">your account</a>.</p>
</div>`,
  });
}
