import type { Client } from './pieces.ts';
import { NotProbed } from './probe.ts';
import { authorizePath, form, type ProbeAnswer, type Sending } from './sending.ts';

export interface SignInAsked {
  readonly client: Client;
  readonly redirectUri: string | undefined;
  readonly scope: string;
  readonly challenge: string | undefined;
  readonly username: string;
  readonly password: string;
}

type Send = (sending: Sending) => Promise<ProbeAnswer>;

/** What a browser sends back of a page: its hidden fields and its cookie. */
interface Page {
  readonly cookie: string;
  readonly hidden: Readonly<Record<string, string>>;
}

export function authorizationPath({
  client,
  redirectUri,
  scope,
  challenge,
}: Omit<SignInAsked, 'username' | 'password'>): string {
  const query = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    scope,
    ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
    ...(challenge === undefined ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }),
  });
  return `${authorizePath}?${query}`;
}

/** The sign-in page of an authorization request. */
export async function requestSignInPage(
  send: Send,
  asked: Omit<SignInAsked, 'username' | 'password'>,
): Promise<Page> {
  return pageOf(await send({ path: authorizationPath(asked) }));
}

/** The form of the sign-in page, filled in. */
export const signInRequest = ({ cookie, hidden }: Page, username: string, password: string): Sending => ({
  method: 'POST',
  path: authorizePath,
  ...form({ ...hidden, username, password }, { Cookie: cookie }),
});

/** A code, by the pages: signs in and allows, as a person would. Throws `NotProbed` where the pages are others than this project's. */
export async function fetchCode(send: Send, asked: SignInAsked): Promise<string> {
  const first = await requestSignInPage(send, asked);
  const signedIn = await send(signInRequest(first, asked.username, asked.password));
  const page = pageOf(signedIn, first.cookie);
  const decided = await send({
    method: 'POST',
    path: authorizePath,
    ...form({ ...page.hidden, decision: 'allow' }, { Cookie: page.cookie }),
  });
  const { location } = decided.headers;
  const code = location && URL.canParse(location) ? new URL(location).searchParams.get('code') : null;
  if (!code)
    throw new NotProbed(
      `the sign-in pages gave no code (HTTP ${signedIn.http}, then ${decided.http}): check --username, --password and --redirect-uri, or fetch codes by hand and give them with --code`,
    );
  return code;
}

function pageOf({ headers, text }: ProbeAnswer, before = ''): Page {
  const cookie = headers['set-cookie']?.split(';')[0] || before;
  const hidden = [...text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
    /name="([^"]*)"/.exec(tag)?.[1] ?? '',
    plain(/value="([^"]*)"/.exec(tag)?.[1] ?? ''),
  ]);
  return { cookie, hidden: Object.fromEntries(hidden) };
}

const plain = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
