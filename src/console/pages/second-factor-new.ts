import { blame, codeField } from './code-field.ts';
import { hiddenFields } from './hidden-fields.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { qrCode } from './qr-code.ts';
import type { SignedInAs } from './signed-in.ts';

export interface SecondFactorNew {
  readonly deployment: string;
  /** `undefined`: a sign-in that is not complete before this is done. */
  readonly signedIn?: SignedInAs;
  /** In base32. */
  readonly key: string;
  /** The same as apps read it. */
  readonly uri: string;
  readonly error?: string;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

/** Shows a new key, for a camera and for people, and asks for its first code. Posts `code` and what is hidden. */
export async function newSecondFactorPage(shown: SecondFactorNew): Promise<string> {
  const { deployment, signedIn, key, uri, error, action, hidden } = shown;
  const groups = key.match(/.{1,4}/g) ?? [];
  return layout({
    title: `${error === undefined ? '' : 'Error: '}Set up a second factor`,
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Set up a second factor</h1>
${signedIn === undefined && html`<p><bdi>${deployment}</bdi> requires a second factor. You are signed in when you have set it up.</p>\n`}${error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`}
<p>Scan this with an authenticator app, such as the one in your password manager.</p>
<figure>
${await qrCode(uri, 'QR code of the key below')}
<figcaption>For the camera of your phone</figcaption>
</figure>
<p>If you cannot scan it, type this key into the app (time-based, six digits), or <a href="${uri}">open it in an app on this device</a>.</p>
<p class="key" id="key" translate="no">${groups.map((group) => html`<span>${group}</span>`)}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}<p>Then enter the code that the app shows.</p>
${codeField(blame(error))}
<button class="primary" type="submit">Turn it on</button>
</form>
${signedIn !== undefined && html`<p><a href="/account/second-factor">Leave it as it is</a></p>\n`}</div>`,
  });
}
