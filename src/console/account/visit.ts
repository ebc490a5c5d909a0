import type { Parameters } from '../../catalogue/sent.ts';
import type { Answer } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Person } from '../../identity/people.ts';
import type { Session } from '../../identity/sessions.ts';
import type { Located } from '../../request/02-deployment/locate.ts';
import type { OpenTrail, SecurityEvent } from '../../request/trail.ts';
import type { World } from '../../request/world.ts';
import { type PageParts, pageAnswer, redirectTo } from '../authorization-answer.ts';
import { cookieOf } from '../browser-session.ts';
import type { SignedInAs } from '../pages/signed-in.ts';
import { personName } from '../person-name.ts';

/** A request for one of the pages of an account. */
export interface Visit extends Located {
  readonly world: World;
  readonly trail: OpenTrail;
  /** `undefined`: the browser has none, or it is over. */
  readonly session: Session | undefined;
  /** What the form says; a page that is only shown has no fields. */
  readonly fields: Parameters;
}

/** A request of a person who is signed in. */
export interface PersonVisit extends Visit {
  readonly session: Session;
  readonly person: Person;
}

/** Where the pages begin. */
export const accountPath = '/account';

export const nowFor = ({ world, deployment }: Visit): number => world.clock(deployment.id);

export const signedInAs = ({ person, session }: PersonVisit): SignedInAs => ({
  person: personName(person),
  csrf: session.csrf,
});

export const pageOfVisit = (visit: Visit, html: string, more: PageParts = {}): Answer =>
  pageAnswer(visit.trail, html, visit.world, more);

/** The end of a form: a page that can be loaded again. `began`: a session that starts here. */
export const redirectVisit = (visit: Visit, path: string, began?: Session): Answer =>
  redirectTo(path, visit.trail, visit.world, began && cookieOf(began, visit.received));

/** Records what a signed-in person did; `began`: with the password, else a short while after it was given. */
export function recordEvent(
  { person, trail }: PersonVisit,
  what: SecurityEvent['what'],
  began: Session | undefined,
): void {
  trail.event = { what, by: began ? 'password' : 'session', staff: person.id };
}

/** A field as text of a length that can be meant. Refuses `parameter.invalid`. */
export function formField({ fields }: Visit, name: string, charactersMax: number): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > charactersMax)
    refuse('parameter.invalid', { field: name, detail: 'it is not what the page sent' });
  return value;
}
