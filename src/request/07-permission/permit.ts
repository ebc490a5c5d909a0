import type { AccessLevel, Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { reaches } from '../../identity/people.ts';
import type { Caller } from '../03-authentication/caller.ts';
import type { Route } from '../05-route/table.ts';
import type { ParsedRequest } from '../06-parameters/parse.ts';

/** A request that may go ahead: the operation takes nothing else. */
export interface Permitted extends ParsedRequest {
  readonly permitted: true;
}

type Deed = 'read' | 'create' | 'update' | 'remove';

const deeds: Readonly<Record<string, Deed>> = {
  POST: 'create',
  PUT: 'update',
  DELETE: 'remove',
};

/**
 * Scope of the token and access of the person, for the object answered and for every object that `_fields` embeds.
 * Refuses `scope.exceeded`, `permission.lacking`, `permission.service`.
 */
export function permit(parsed: ParsedRequest): Permitted {
  const { caller, route, selection } = parsed;
  const { row, owner, answered } = route;
  if (row.unscoped) return { ...parsed, permitted: true };
  if (row.personal && caller.application.type === 'service')
    refuse('permission.service', { detail: `${row.method.toLowerCase()} ${answered.plural}` });
  const { deed, resource } = needOf(route);
  may(caller, deed, resource);
  if (owner.scope !== resource.scope && route.subject) may(caller, 'read', owner);
  for (const scope of selection.reaches) {
    mayRead(caller, scope);
  }
  return { ...parsed, permitted: true };
}

/** What a request does, and to which resource: who may not is refused. */
export function needOf({ row, owner, answered }: Route): {
  readonly deed: Deed;
  readonly resource: Resource;
} {
  const deed = deedOf(row);
  return { deed, resource: deed === 'read' && row.governed !== 'owner' ? answered : owner };
}

/**
 * Only a plain `POST` creates an object. A progression, or a verb below an object (`companies/{id}/managers/delete`), updates that object; a
 * verb that stands alone follows its method.
 */
function deedOf({ act, method, path }: Route['row']): Deed {
  const isUpdate = act !== 'create' && act !== 'remove' && path.includes('}/');
  if (method === 'GET') return 'read';
  return isUpdate ? 'update' : (deeds[method] as Deed);
}

/** Whether the caller may do this to a resource: refuses if not. */
export function may(caller: Caller, deed: Deed, resource: Resource): void {
  const verb = deed === 'read' ? 'read' : 'write';
  if (!caller.scope.allows(verb, resource.scope))
    refuse('scope.exceeded', { detail: `${verb}(${resource.scope})` });
  const level: AccessLevel = resource.access[deed];
  if (!reaches(caller.person.access, resource.scope, level)) {
    refuse('permission.lacking', { detail: `${deed} ${resource.plural.replaceAll('_', ' ')}` });
  }
}

/** Whether the caller may read a resource at all. */
export const reads = ({ scope, person }: Caller, { scope: name, access }: Resource): boolean =>
  scope.allows('read', name) && reaches(person.access, name, access.read);

function mayRead(caller: Caller, scope: string): void {
  if (!caller.scope.allows('read', scope)) refuse('scope.exceeded', { detail: `read(${scope})` });
  if (!reaches(caller.person.access, scope, 'standard'))
    refuse('permission.lacking', { detail: `read ${scope}` });
}
