import type { Answer } from '../contract/answer.ts';
import type { Refusal } from '../contract/refuse.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import { headersOf, headerText } from '../request/10-status/headers.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import type { Addressed } from './authorization-request.ts';
import { issuerOf } from './issuer.ts';
import { authorizationErrorPage } from './pages/authorization-error.ts';
import { withParameters } from './redirect-uri.ts';
import { page } from './respond.ts';

type Header = readonly [name: string, value: string];

interface End {
  readonly status: StatusName;
  readonly message: string;
}

const endOf = ({ refusal, received }: Pick<Trail, 'received' | 'refusal'>): End =>
  refusal
    ? { status: refusal.status, message: refusal.messageFor(received.id) }
    : { status: 'ok', message: statuses.ok.meaning };

/** A page of the flow; its status is that of the trail's refusal, if it has one. */
export function pageAnswer(trail: Trail, html: string, world: World, more: PageParts = {}): Answer {
  const { status, message } = endOf(trail);
  const { http } = statuses[status];
  const headers = headersOf(trail, status, message, world.settings.tellCauses).filter(
    ([name]) => name !== 'Cache-Control',
  );
  if (more.cookie !== undefined) headers.push(['Set-Cookie', more.cookie]);
  // Required with every 401 (RFC 9110, 15.5.2); `Basic` would have the browser ask for the password itself.
  if (http === 401) headers.push(['WWW-Authenticate', 'Cookie realm="accord"']);
  const cause = trail.refusal && { cause: trail.refusal.because };
  return page(http, html, { headers, formAction: more.formAction ?? [], ...cause });
}

export interface PageParts {
  /** Of `Set-Cookie`. */
  readonly cookie?: string | undefined;
  readonly formAction?: readonly string[] | undefined;
}

/** The answer to a refusal that may not be sent back by a redirect. */
export function errorPage(refusal: Refusal, trail: Trail, world: World): Answer {
  const { status } = refusal;
  const { id } = trail.received;
  const title = status === 'server_error' ? 'The server failed' : 'This application cannot be authorized';
  const message = refusal.messageFor(id);
  return pageAnswer(trail, authorizationErrorPage({ title, message, requestId: id, status }), world);
}

export interface Back {
  readonly code?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** Back to the application (RFC 6749, 4.1.2), with the `iss` of RFC 9207. */
export function backTo(
  { redirect, state }: { readonly redirect: string; readonly state: string | undefined },
  sent: Back,
  trail: Trail,
  world: World,
): Answer {
  const uri = withParameters(redirect, { ...sent, state, iss: issuerOf(trail.received) });
  return redirectTo(uri, trail, world);
}

/** Back with the error of the refusal; on a page where there is no redirect URI. */
export function errorBackTo(addressed: Addressed, refusal: Refusal, trail: Trail, world: World): Answer {
  const { redirect, state } = addressed;
  if (redirect === undefined) return errorPage(refusal, trail, world);
  const message = refusal.messageFor(trail.received.id);
  const sent = { error: errorOf(refusal), error_description: descriptionOf(message) };
  return backTo({ redirect, state }, sent, trail, world);
}

/** A redirect; after a `POST` one that the browser follows with a `GET`. */
export function redirectTo(uri: string, trail: Trail, world: World, cookie?: string): Answer {
  const { status, message } = endOf(trail);
  const headers: Header[] = [
    ...headersOf(trail, status, message, world.settings.tellCauses),
    ['Location', uri],
  ];
  if (cookie !== undefined) headers.push(['Set-Cookie', cookie]);
  const http = trail.received.method === 'POST' ? 303 : 302;
  return {
    http,
    status,
    cause: trail.refusal?.because,
    headers,
    type: 'text/plain; charset=utf-8',
    body: '',
  };
}

/** The `error` of RFC 6749, 4.1.2.1: a status of the contract, except for one that only this endpoint has. */
const errorOf = ({ because, particulars, status }: Refusal): string =>
  because === 'parameter.invalid' && particulars.field === 'response_type'
    ? 'unsupported_response_type'
    : status;

/** RFC 6749 allows neither quotes nor backslashes, and ASCII only. */
const descriptionOf = (message: string): string => headerText(message).replace(/[^\x20-\x7e]|["\\]/g, "'");
