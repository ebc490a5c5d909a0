import { type Html, html } from './html.ts';

/** Who is signed in, for the head of a page. */
export interface SignedInAs {
  readonly person: string;
  readonly csrf: string;
}

/** The way to the account and out of it, on every page that needs a sign-in. */
export const signedInHead = ({ person, csrf }: SignedInAs): Html =>
  html`<form class="signed-in" method="post" action="/account/sign-out">
<input type="hidden" name="csrf" value="${csrf}"/>
<a href="/account"><bdi>${person}</bdi></a>
<button type="submit">Sign out</button>
</form>`;
