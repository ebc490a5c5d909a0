import type { Answer } from '../contract/answer.ts';
import type { Refusal } from '../contract/refuse.ts';
import type { Person } from '../identity/people.ts';
import type { Session } from '../identity/sessions.ts';
import type { OpenTrail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { pageAnswer } from './authorization-answer.ts';
import { type AuthorizationRequest, authorizePathOf, pack, packedField } from './authorization-request.ts';
import { cookieOf, newVisitor } from './browser-session.ts';
import { titledScope } from './consent.ts';
import { consentPage } from './pages/consent.ts';
import { signInPage } from './pages/sign-in.ts';
import { personName } from './person-name.ts';
import { redirectHostOf } from './redirect-uri.ts';
import { type FormAgain, refuseForm } from './refused-form.ts';

/** A valid request to the authorize page, and the browser's session; `undefined`: it has none, or it is over. */
export interface AuthorizationVisit {
  readonly authorization: AuthorizationRequest;
  readonly session: Session | undefined;
  readonly trail: OpenTrail;
  readonly world: World;
}

/** The same, of a person who is signed in. */
export interface SignedInVisit extends AuthorizationVisit {
  readonly session: Session;
  readonly person: Person;
}

/** The sign-in form, with a session of nobody where the browser has none. */
export async function authorizationSignInForm(
  { authorization, session: before, world }: AuthorizationVisit,
  again: { readonly username?: string; readonly error?: string } = {},
): Promise<FormAgain> {
  const session = before ?? (await newVisitor(authorization, world));
  const html = signInPage({
    deployment: authorization.deployment.title,
    application: authorization.application.name,
    ...authorizationForm(authorization, session),
    ...again,
  });
  return {
    html,
    cookie: before === undefined ? cookieOf(session, authorization.received) : undefined,
    formAction: formActionOf(authorization),
  };
}

export async function signInAnswer(visit: AuthorizationVisit): Promise<Answer> {
  const form = await authorizationSignInForm(visit);
  return pageAnswer(visit.trail, form.html, visit.world, form);
}

/** Shows the sign-in page for a form of another session, or one that was sent too late. */
export async function refuseOutdated(visit: AuthorizationVisit, refusal: Refusal): Promise<never> {
  const error = 'This form is out of date. Sign in to go on.';
  return refuseForm(visit.trail, refusal, await authorizationSignInForm(visit, { error }));
}

/** The consent page; `cookie` when the session has just begun. */
export function consentAnswer(visit: SignedInVisit, cookie?: string): Answer {
  const { authorization, session, person, trail, world } = visit;
  const { redirect } = authorization;
  const html = consentPage({
    deployment: authorization.deployment.title,
    application: authorization.application.name,
    person: personName(person),
    csrf: session.csrf,
    scopes: titledScope(authorization.scope, world),
    lastDay: lastDayOf(authorization, world),
    ...(redirect === undefined ? {} : { redirectHost: redirectHostOf(redirect) }),
    ...authorizationForm(authorization, session),
  });
  return pageAnswer(trail, html, world, { cookie, formAction: formActionOf(authorization) });
}

const lastDayOf = ({ deployment }: AuthorizationRequest, { clock, settings }: World): string =>
  new Date((clock(deployment.id) + settings.authorizationLifetime) * 1_000).toISOString().slice(0, 10);

/** Where the forms of these pages go, and what they carry: the authorization request, and the CSRF token of the session. */
export const authorizationForm = (authorization: AuthorizationRequest, { csrf }: Session) => ({
  action: authorizePathOf(authorization),
  hidden: { csrf, [packedField]: pack(authorization) },
});

export const formActionOf = ({ redirect }: AuthorizationRequest): readonly string[] =>
  redirect === undefined ? [] : [redirect];
