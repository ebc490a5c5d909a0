import { hiddenFields } from './hidden-fields.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import type { SignedInAs } from './signed-in.ts';

/** A moment as it is shown. */
export interface ShownMoment {
  /** In the time zone of the deployment. */
  readonly text: string;
  /** ISO 8601. */
  readonly exact: string;
}

export interface ShownSession {
  readonly id: string;
  readonly browser: string;
  readonly address: string;
  readonly began: ShownMoment;
  readonly used: ShownMoment;
  /** The browser that requests this page. */
  readonly here: boolean;
}

export interface ShownAuthorization {
  readonly applicationId: number;
  readonly application: string;
  readonly scopes: readonly string[];
  readonly first: ShownMoment;
  readonly last: ShownMoment;
}

export interface AccountPageContent {
  readonly deployment: string;
  readonly signedIn: SignedInAs;
  readonly username: string;
  readonly email: string | undefined;
  /** Whether a sign-in asks for a code beside the password. */
  readonly secondFactor: boolean;
  readonly sessions: readonly ShownSession[];
  readonly applications: readonly ShownAuthorization[];
  /** What was just done. */
  readonly done: string | undefined;
}

const time = ({ text, exact }: ShownMoment): Html => html`<time datetime="${exact}">${text}</time>`;

const form = (action: string, csrf: string, fields: Readonly<Record<string, string>>, button: Html): Html =>
  html`<form method="post" action="${action}">
${hiddenFields({ csrf, ...fields })}${button}
</form>`;

function session({ id, browser, address, began, used, here }: ShownSession, csrf: string): Html {
  return html`<li>
<h3><bdi>${browser}</bdi>${here && html` <span class="badge good">this browser</span>`}</h3>
<dl class="facts">
<dt>From</dt><dd><bdi>${address}</bdi></dd>
<dt>Signed in</dt><dd>${time(began)}</dd>
<dt>Last used</dt><dd>${time(used)}</dd>
</dl>
${!here && form('/account/sessions', csrf, { session: id }, html`<button type="submit">End<span class="heard"> the sign-in of ${browser} from ${address}</span></button>`)}
</li>
`;
}

function application(each: ShownAuthorization, csrf: string): Html {
  const { applicationId, application: name, scopes, first, last } = each;
  const button = html`<button type="submit">Revoke<span class="heard"> the access of ${name}</span></button>`;
  return html`<li>
<h3><bdi>${name}</bdi></h3>
<dl class="facts">
<dt>May</dt><dd>${scopes.length === 0 ? 'know who you are' : scopes.map((scope, index) => html`${index > 0 && '; '}${scope}`)}</dd>
<dt>${first.exact === last.exact ? 'Allowed' : 'First allowed'}</dt><dd>${time(first)}</dd>
${first.exact !== last.exact && html`<dt>Last allowed</dt><dd>${time(last)}</dd>`}
</dl>
${form('/account/applications', csrf, { application: String(applicationId) }, button)}
</li>
`;
}

/** What a person may see and change of their own account. */
export function accountPage({
  deployment,
  signedIn,
  username,
  email,
  secondFactor,
  sessions,
  applications,
  done,
}: AccountPageContent): string {
  const { csrf } = signedIn;
  const others = sessions.filter(({ here }) => !here).length;
  return layout({
    title: `Your account at ${deployment}`,
    kind: 'task',
    signedIn,
    main: html`<h1>Your account at <bdi>${deployment}</bdi></h1>
${done !== undefined && html`<p class="done" role="status">${done}</p>`}
<section class="sheet" aria-labelledby="who">
<h2 id="who">Sign-in</h2>
<dl class="facts">
<dt>Username</dt><dd><bdi>${username}</bdi></dd>
${email !== undefined && html`<dt>Email</dt><dd><bdi>${email}</bdi></dd>`}
<dt>Second factor</dt><dd>${secondFactor ? 'on' : 'off'}</dd>
</dl>
<p><a class="button" href="/account/password">Change the password</a></p>
<p><a class="button" href="/account/second-factor">${secondFactor ? 'Change the second factor' : 'Turn on a second factor'}</a></p>
</section>
<section class="sheet" aria-labelledby="sessions">
<h2 id="sessions">Where you are signed in</h2>
<ul class="entries">
${sessions.map((each) => session(each, csrf))}</ul>
${others > 0 && form('/account/sessions', csrf, { session: 'others' }, html`<button type="submit">End all others</button>`)}
</section>
<section class="sheet" aria-labelledby="applications">
<h2 id="applications">Applications that act for you</h2>
${
  applications.length === 0
    ? html`<p class="quiet">You have allowed no application.</p>`
    : html`<ul class="entries">
${applications.map((each) => application(each, csrf))}</ul>`
}
</section>`,
  });
}
