import { fieldBehind } from '../../catalogue/catalogue.ts';
import { type CauseName, isTakenField, rowOf } from '../../contract/causes.ts';
import type { Particulars } from '../../contract/refuse.ts';
import type { Surface } from '../../contract/stages.ts';
import type { Received } from '../../request/01-transport/received.ts';
import type { Route } from '../../request/05-route/table.ts';
import { needOf } from '../../request/07-permission/permit.ts';

/** What a cause may say something about; `received` is missing while a rule is only looked at. */
export interface About {
  readonly surface: Surface;
  readonly route: Route | undefined;
  readonly ids: readonly string[];
  readonly received?: Received;
}

/** The particulars that the message of a cause has room for. */
export const namesIn = (cause: CauseName): readonly (keyof Particulars)[] =>
  [...rowOf(cause).message.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name as keyof Particulars | 'request')
    .filter((name) => name !== 'request');

/**
 * All that the message of a cause says: what was given, and for the rest what the pipeline would say of such a request. `undefined` when
 * something is missing: the cause cannot happen to it.
 */
export function particularsFor(cause: CauseName, given: Particulars, about: About): Particulars | undefined {
  const own = isTakenField(cause) ? takenOn(cause, about.route) : { ...derived(cause, given, about) };
  if (!own) return undefined;
  const whole = { ...own, ...given };
  return namesIn(cause).every((name) => whole[name] !== undefined) ? whole : undefined;
}

/** The unique fields that a request writes. */
export function uniqueOn({ row, owner, answered }: Route): readonly string[] {
  const writes = row.method !== 'GET' && ['create', 'update', 'verb'].includes(row.act);
  if (!writes || row.governed === 'owner') return [];
  return [...new Set([owner, answered])].flatMap(({ unique }) =>
    unique.map((fields) => fields.at(-1) ?? 'id'),
  );
}

function takenOn(cause: CauseName, route: Route | undefined): Particulars | undefined {
  const field = cause.slice(0, -'.taken'.length);
  if (!route || !uniqueOn(route).includes(field)) return undefined;
  const resource = [route.owner, route.answered].find(({ unique }) =>
    unique.some((fields) => fields.at(-1) === field),
  );
  return resource && { field, object: resource.title, singular: spaced(resource.singular) };
}

const spaced = (name: string): string => name.replaceAll('_', ' ');

/** As the stage says it. */
function derived(cause: CauseName, given: Particulars, about: About): Particulars {
  const { surface, route, ids, received } = about;
  switch (cause) {
    case 'credentials.unsupported':
      return { detail: surface === 'api' ? 'Bearer' : 'Basic, or client_id and client_secret in the body' };
    case 'credentials.several':
      return {
        detail: `an Authorization header and ${surface === 'api' ? '_bearer_token' : 'client_secret'}`,
      };
    case 'resource.unknown':
      return { detail: received?.path.slice(0, 200) ?? '' };
    case 'version.unknown':
      return { detail: 'v1' };
    case 'method.unknown':
      return { detail: received?.wrote.slice(0, 20) ?? '' };
    case 'body.malformed':
      return { detail: 'the request ends too early' };
    case 'parameter.missing':
      return withField(requiredOn(about));
    case 'parameter.invalid':
      return withDetail(expectationOf(given.field, route));
    case 'parameter.repeated':
      return { field: sentIn(received) ?? (surface === 'api' ? '_fields' : 'client_id') };
    case 'object.missing': {
      const id = ids.at(-1);
      const resource = route && (ids.length > 1 || !route.subject ? route.answered : route.subject);
      return id === undefined || !resource ? {} : { detail: `${spaced(resource.singular)} ${id}` };
    }
    case 'scope.malformed':
      return { detail: 'it is empty' };
    case 'scope.unknown':
      return { detail: 'the verb is not read or write' };
    case 'scope.exceeded': {
      if (surface !== 'api') return { detail: 'write(all)' };
      if (!route) return {};
      const { deed, resource } = needOf(route);
      return { detail: `${deed === 'read' ? 'read' : 'write'}(${resource.scope})` };
    }
    case 'permission.lacking': {
      if (!route) return {};
      const { deed, resource } = needOf(route);
      return { detail: `${deed} ${spaced(resource.plural)}` };
    }
    case 'permission.service':
      return route ? { detail: `${route.row.method.toLowerCase()} ${route.answered.plural}` } : {};
    default:
      return {};
  }
}

const withField = (field: string | undefined): Particulars => (field === undefined ? {} : { field });
const withDetail = (detail: string | undefined): Particulars => (detail === undefined ? {} : { detail });

const requiredOnEndpoint = { token: 'grant_type', revoke: 'token', authorize: 'response_type' } as const;

function requiredOn({ surface, route }: About): string | undefined {
  if (surface !== 'api') return requiredOnEndpoint[surface];
  if (route?.row.act === 'create') return route.answered.create.required[0];
  return route?.row.parameters?.find((name) => name.endsWith('!'))?.slice(0, -1);
}

function expectationOf(field: string | undefined, route: Route | undefined): string | undefined {
  const behind = field !== undefined && route ? fieldBehind(route.answered, field) : undefined;
  const kind = behind === undefined ? undefined : route?.answered.fields[behind]?.kind;
  return kind && `${kind.expects} is wanted`;
}

const sentIn = (received: Received | undefined): string | undefined =>
  received && [...received.query.keys(), ...received.body.keys()][0]?.slice(0, 60);
