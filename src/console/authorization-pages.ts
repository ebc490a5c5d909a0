import type { Answer } from '../contract/answer.ts';
import type { Person } from '../identity/people.ts';
import type { Session } from '../identity/sessions.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { pageAnswer } from './authorization-answer.ts';
import { type AuthorizationRequest, carrier, carry, pathOf } from './authorization-request.ts';
import { cookieOf, newVisitor } from './browser-session.ts';
import { namesOf } from './consent.ts';
import { consent } from './pages/consent.ts';
import { signIn } from './pages/sign-in.ts';
import { personName } from './person-name.ts';
import { placeOf } from './redirect-uri.ts';

export interface SignInAgain {
  readonly username?: string;
  readonly error?: string;
}

/** The sign-in page, with a session of nobody where the browser has none. */
export async function askToSignIn(
  asked: AuthorizationRequest,
  before: Session | undefined,
  trail: Trail,
  world: World,
  again: SignInAgain = {},
): Promise<Answer> {
  const session = before ?? (await newVisitor(asked, world));
  const html = signIn({
    deployment: asked.deployment.title,
    application: asked.application.name,
    ...formOf(asked, session),
    ...again,
  });
  return pageAnswer(trail, html, world, {
    cookie: before === undefined ? cookieOf(session, asked.received) : undefined,
    formAction: formActionOf(asked),
  });
}

/** The consent page; `cookie` when the session has just begun. */
export function askToConsent(
  asked: AuthorizationRequest,
  session: Session,
  person: Person,
  trail: Trail,
  world: World,
  cookie?: string,
): Answer {
  const html = consent({
    deployment: asked.deployment.title,
    application: asked.application.name,
    person: personName(person),
    csrf: session.csrf,
    scopes: namesOf(asked.scope, world),
    lastDay: lastDayOf(asked, world),
    ...(asked.redirect === undefined ? {} : { redirectHost: placeOf(asked.redirect) }),
    ...formOf(asked, session),
  });
  return pageAnswer(trail, html, world, { cookie, formAction: formActionOf(asked) });
}

const lastDayOf = ({ deployment }: AuthorizationRequest, { clock, settings }: World): string =>
  new Date((clock(deployment.id) + settings.authorizationLifetime) * 1_000).toISOString().slice(0, 10);

export const formOf = (asked: AuthorizationRequest, { csrf }: Session) => ({
  action: pathOf(asked),
  hidden: { csrf, [carrier]: carry(asked) },
});

export const formActionOf = ({ redirect }: AuthorizationRequest): readonly string[] =>
  redirect === undefined ? [] : [redirect];
