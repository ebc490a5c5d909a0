import type { Parameters } from '../../catalogue/sent.ts';
import type { Answer } from '../../contract/answer.ts';
import { Refusal, refuse } from '../../contract/refuse.ts';
import type { Person } from '../../identity/people.ts';
import type { Session } from '../../identity/sessions.ts';
import type { Located } from '../../request/02-deployment/locate.ts';
import { fallen } from '../../request/fallen.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { enterStage, type SecurityEvent, type Trail } from '../../request/trail.ts';
import type { World } from '../../request/world.ts';
import { leadTo, type PageParts, pageAnswer } from '../authorization-answer.ts';
import { cookieOf } from '../browser-session.ts';
import type { SignedInAs } from '../pages/signed-in.ts';
import { personName } from '../person-name.ts';

/** A request for one of the pages of an account. */
export interface Visit extends Located {
  readonly world: World;
  readonly trail: Trail;
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

export const now = ({ world, deployment }: Visit): number => world.clock(deployment.id);

export const signedInAs = ({ person, session }: PersonVisit): SignedInAs => ({
  person: personName(person),
  csrf: session.csrf,
});

const ended = (visit: Visit, answer: Answer): Concluded => ({
  answer,
  trail: enterStage(visit.trail, 'status'),
});

export const shown = (visit: Visit, html: string, more: PageParts = {}): Concluded =>
  ended(visit, pageAnswer(visit.trail, html, visit.world, more));

/** The page again, under the status of what was wrong. */
export function refused(visit: Visit, refusal: Refusal, html: string, more: PageParts = {}): Concluded {
  const trail = fallen(visit.trail, refusal);
  return { answer: pageAnswer(trail, html, visit.world, more), trail };
}

/** The end of a form: a page that can be loaded again. `began`: a session that starts here. `event`: what the log is told. */
export function led(visit: Visit, path: string, began?: Session, event?: SecurityEvent): Concluded {
  const answer = leadTo(path, visit.trail, visit.world, began && cookieOf(began, visit.received));
  return { answer, trail: enterStage(visit.trail, 'status', { event }) };
}

/** What a person did who is signed in; `began`: with the password, else a short while after it was given. */
export const did = (
  what: SecurityEvent['what'],
  { person }: PersonVisit,
  began?: Session,
): SecurityEvent => ({ what, by: began ? 'password' : 'session', staff: person.id });

/** Nobody could have been let in with it, or nobody may try now: what a form may show beside its fields. Throws everything else again. */
export function refusedSignIn(error: unknown): Refusal {
  if (error instanceof Refusal && error.status === 'invalid_client') return error;
  throw error;
}

/** A field as text of a length that can be meant. Refuses `parameter.invalid`. */
export function fieldOf({ fields }: Visit, name: string, charactersMax: number): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > charactersMax)
    refuse('parameter.invalid', { field: name, detail: 'it is not what the page sent' });
  return value;
}
