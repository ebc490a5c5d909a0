import type { Answer } from '../contract/answer.ts';
import { Refusal } from '../contract/refuse.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import { headersOf, headerText } from '../request/10-status/headers.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import type { Addressed } from './authorization-request.ts';
import { issuerOf } from './issuer.ts';
import { authorizationError } from './pages/authorization-error.ts';
import { withParameters } from './redirect-uri.ts';
import { page } from './respond.ts';

type Header = readonly [name: string, value: string];

interface End {
  readonly status: StatusName;
  readonly message: string;
}

type Ending = Pick<Trail, 'received' | 'refusal'>;

function endOf({ refusal, received }: Ending): End {
  if (!refusal) return { status: 'ok', message: statuses.ok.meaning };
  const whole = new Refusal(refusal.because, refusal.particulars);
  return { status: whole.status, message: whole.messageFor(received.id) };
}

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
  readonly formAction?: readonly string[];
}

/** The end of a request that may not be answered by a redirect. */
export function errorPage(trail: Trail, world: World): Answer {
  const { status, message } = endOf(trail);
  const title = status === 'server_error' ? 'The server failed' : 'This application cannot be authorized';
  return pageAnswer(
    trail,
    authorizationError({ title, message, requestId: trail.received.id, status }),
    world,
  );
}

export interface Back {
  readonly code?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** Back to the application (RFC 6749, 4.1.2), with the `iss` of RFC 9207. */
export function backTo(
  redirect: string,
  { state }: Addressed,
  sent: Back,
  trail: Trail,
  world: World,
): Answer {
  const uri = withParameters(redirect, { ...sent, state, iss: issuerOf(trail.received) });
  return leadTo(uri, trail, world);
}

/** Back with what the trail was refused for; on a page where there is no redirect URI. */
export function errorBackTo(addressed: Addressed, trail: Trail, world: World): Answer {
  if (addressed.redirect === undefined) return errorPage(trail, world);
  const sent = { error: errorOf(trail), error_description: description(endOf(trail).message) };
  return backTo(addressed.redirect, addressed, sent, trail, world);
}

/** A redirect; after a post one that is followed by a `GET`. */
export function leadTo(uri: string, trail: Trail, world: World, cookie?: string): Answer {
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

/** The `error` of RFC 6749, 4.1.2.1: a status of the contract, but for one that only this endpoint knows. */
function errorOf({ refusal, received }: Ending): string {
  if (refusal?.particulars.field === 'response_type' && refusal.because === 'parameter.invalid') {
    return 'unsupported_response_type';
  }
  return endOf({ received, refusal }).status;
}

/** RFC 6749 leaves out quotes, backslashes and all that is not ASCII. */
const description = (message: string): string => headerText(message).replace(/[^\x20-\x7e]|["\\]/g, "'");
