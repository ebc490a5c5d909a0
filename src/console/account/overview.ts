import type { Answer } from '../../contract/answer.ts';
import { listAuthorizations } from '../../identity/authorizations.ts';
import { parseStoredScope } from '../../identity/scope.ts';
import { hasSecondFactor } from '../../identity/second-factor.ts';
import { idOf, listSessions } from '../../identity/sessions.ts';
import { titledScope } from '../consent.ts';
import {
  accountPage,
  type ShownAuthorization,
  type ShownMoment,
  type ShownSession,
} from '../pages/account.ts';
import { browserName } from './browser-name.ts';
import { nowFor, type PersonVisit, pageOfVisit, signedInAs } from './visit.ts';

/** What a form did, by the `done` of the page after it. */
const deeds: Readonly<Record<string, string>> = Object.freeze({
  password: 'Your password was changed.',
  sessions: 'The sign-ins were ended.',
  applications: 'The access was revoked: the application can no longer act for you.',
});

/** Sign-ins and applications that are shown. Nobody reads a longer list. */
const [sessionsMax, applicationsMax] = [100, 200];

/** `GET /account`. */
export async function overviewPage(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, received } = visit;
  const done = received.query.get('done');
  const html = accountPage({
    deployment: deployment.title,
    signedIn: signedInAs(visit),
    username: person.username ?? '',
    email: person.email ?? undefined,
    secondFactor: await hasSecondFactor(visit.world.store, deployment.id, person.id),
    sessions: await shownSessions(visit),
    applications: await shownApplications(visit),
    done: typeof done === 'string' && Object.hasOwn(deeds, done) ? deeds[done] : undefined,
  });
  return pageOfVisit(visit, html);
}

async function shownSessions(visit: PersonVisit): Promise<readonly ShownSession[]> {
  const { deployment, person, session, world } = visit;
  const all = await listSessions(world.store, deployment.id, person.id, {
    now: nowFor(visit),
    limit: 10_000,
  });
  const own = idOf(session);
  const [here, others] = [all.filter(({ id }) => id === own), all.filter(({ id }) => id !== own)];
  return [...here, ...others].slice(0, sessionsMax).map(({ id, address, agent, began, used }) => ({
    id,
    browser: browserName(agent),
    address: address ?? 'not known',
    began: momentOf(began, visit),
    used: momentOf(used, visit),
    here: id === own,
  }));
}

async function shownApplications(visit: PersonVisit): Promise<readonly ShownAuthorization[]> {
  const { deployment, person, world } = visit;
  const all = await listAuthorizations(world.store, deployment.id, person.id, nowFor(visit));
  return Promise.all(
    all.slice(0, applicationsMax).map(async ({ applicationId, scopes, first, last }) => {
      const where = { id: applicationId };
      const application = await world.store.find(deployment.id, 'applications', ['name'], where);
      return {
        applicationId,
        application: (application?.name as string | undefined) ?? `application ${applicationId}`,
        scopes: [...new Set(scopes.flatMap((scope) => saidOf(scope, visit)))],
        first: momentOf(first, visit),
        last: momentOf(last, visit),
      };
    }),
  );
}

const verbs = { read: 'read', write: 'read and write' } as const;

const saidOf = (scope: string, { world }: PersonVisit): readonly string[] =>
  titledScope(parseStoredScope(scope), world).map(({ verb, resource }) => `${verbs[verb]} ${resource}`);

export function momentOf(seconds: number, { deployment }: PersonVisit): ShownMoment {
  const date = new Date(seconds * 1_000);
  const timeZone = deployment.timezone;
  const text = date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return { text: `${text} (${timeZone})`, exact: date.toISOString() };
}
