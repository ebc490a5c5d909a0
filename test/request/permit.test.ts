import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { AccessLevel } from '../../src/catalogue/resource.ts';
import type { CauseName } from '../../src/contract/causes.ts';
import { Refusal } from '../../src/contract/refuse.ts';
import type { ApplicationType } from '../../src/identity/applications.ts';
import { parseAccess } from '../../src/identity/people.ts';
import { parseScope } from '../../src/identity/scope.ts';
import type { Caller } from '../../src/request/03-authentication/caller.ts';
import { buildRoutes, type Route, type Routes } from '../../src/request/05-route/table.ts';
import type { ParsedRequest } from '../../src/request/06-parameters/parse.ts';
import { permit, reads } from '../../src/request/07-permission/permit.ts';

interface Asker {
  readonly scope?: string;
  readonly access?: Readonly<Record<string, AccessLevel>>;
  readonly type?: ApplicationType;
  /** Scope names of what `_fields` embeds. */
  readonly embeds?: readonly string[];
}

describe('leave to go ahead', () => {
  let catalogue: Catalogue;
  let routes: Routes;
  before(async () => {
    catalogue = await loadCatalogue();
    routes = buildRoutes(catalogue);
  });

  function callerOf({ scope = 'write(all)', access = { everything: 'admin' }, type = 'web' }: Asker): Caller {
    return {
      application: { id: 1, clientId: 'c', name: 'n', type },
      person: { id: 1, access: parseAccess(JSON.stringify(access)) } as Caller['person'],
      scope: parseScope(scope, catalogue.scopes),
      expires: 0,
      origin: undefined,
    };
  }

  /** Why a request is refused; `undefined` when it may go ahead. */
  function why(route: Route, asker: Asker): CauseName | undefined {
    const selection = { reaches: new Set(asker.embeds) };
    try {
      permit({ route, caller: callerOf(asker), selection } as unknown as ParsedRequest);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error));
      return error.because;
    }
  }

  const routeOf = (id: string): Route => {
    const found = routes.all.find((each) => each.id === id);
    assert.ok(found, id);
    return found;
  };

  /** What the documentation says of each kind of request: the scope, and the least access of the person. */
  const needs: readonly (readonly [id: string, verb: 'read' | 'write', scope: string, level: AccessLevel])[] =
    [
      ['GET companies', 'read', 'companies', 'standard'],
      ['GET companies/{company_id}', 'read', 'companies', 'standard'],
      ['GET companies/count', 'read', 'companies', 'standard'],
      ['POST companies', 'write', 'companies', 'standard'],
      ['PUT companies/{company_id}', 'write', 'companies', 'standard'],
      ['DELETE companies/{company_id}', 'write', 'companies', 'admin'],
      ['GET tasks/meta', 'read', 'tasks', 'standard'],
      ['GET tasks/statuses', 'read', 'tasks', 'standard'],
      ['GET tasks/{task_id}/progressions', 'read', 'tasks', 'standard'],
      ['POST tasks/{task_id}/progressions/start', 'write', 'tasks', 'standard'],
      ['PUT contracts/periods/{period_id}/close', 'write', 'contracts', 'standard'],
      ['DELETE activities/{activity_id}', 'write', 'activities', 'standard'],
      ['DELETE companies/{company_id}/managers/delete', 'write', 'companies', 'standard'],
      ['POST companies/{company_id}/managers/add', 'write', 'companies', 'standard'],
      ['POST companies/{company_id}/collections/{collection_id}/resources', 'write', 'companies', 'standard'],
      ['GET companies/{company_id}/profiles/values', 'read', 'companies', 'standard'],
      ['GET companies/profiles/fields', 'read', 'companies', 'standard'],
      ['POST companies/{company_id}/profiles/fields/{profile_field_id}', 'write', 'companies', 'standard'],
      ['PUT timers/{timer_id}/start', 'write', 'timers', 'standard'],
      ['DELETE timers/{timer_id}', 'write', 'timers', 'standard'],
      ['PUT timers/{timer_id}/cancel', 'write', 'timers', 'standard'],
    ];

  test('needs the scope of what is done, and no other', () => {
    for (const [id, verb, scope] of needs) {
      const route = routeOf(id);
      assert.equal(why(route, { scope: `${verb}(${scope})` }), undefined, id);
      assert.equal(why(route, { scope: `${verb}(all)` }), undefined, id);
      assert.equal(why(route, { scope: 'write(webhooks)' }), 'scope.exceeded', id);
      if (verb === 'write') assert.equal(why(route, { scope: `read(${scope})` }), 'scope.exceeded', id);
    }
  });

  test('needs the access of the person to what is done, and no other', () => {
    for (const [id, , scope, level] of needs) {
      const route = routeOf(id);
      assert.equal(why(route, { access: { everything: 'none', [scope]: level } }), undefined, id);
      assert.equal(
        why(route, { access: { everything: 'admin', [scope]: 'none' } }),
        'permission.lacking',
        id,
      );
      if (level === 'admin')
        assert.equal(
          why(route, { access: { everything: 'admin', [scope]: 'standard' } }),
          'permission.lacking',
          id,
        );
    }
  });

  test('of an object below another one, or behind its link, needs both', () => {
    for (const [id, above, below] of [
      ['GET companies/{company_id}/contacts', 'companies', 'contacts'],
      ['GET companies/{company_id}/contacts/count', 'companies', 'contacts'],
      ['GET companies/{company_id}/contact', 'companies', 'contacts'],
      ['GET companies/{company_id}/managers', 'companies', 'staff'],
      ['GET issues/{issue_id}/tasks', 'issues', 'tasks'],
      ['GET jobs/{job_id}/milestones', 'jobs', 'milestones'],
    ] as const) {
      const route = routeOf(id);
      assert.equal(why(route, { scope: `read(${above},${below})` }), undefined, id);
      for (const one of [above, below]) {
        assert.equal(why(route, { scope: `read(${one})` }), 'scope.exceeded', `${id} with ${one}`);
        const access = { everything: 'standard', [one]: 'none' } as const;
        assert.equal(why(route, { access }), 'permission.lacking', `${id} without ${one}`);
      }
    }
  });

  test('needs to read everything that _fields embeds', () => {
    const route = routeOf('PUT companies/{company_id}');
    const embeds = ['staff', 'contacts'];
    assert.equal(why(route, { embeds, scope: 'write(companies),read(staff,contacts)' }), undefined);
    assert.equal(why(route, { embeds, scope: 'write(companies),read(staff)' }), 'scope.exceeded');
    assert.equal(why(route, { embeds, access: { everything: 'standard' } }), undefined);
    assert.equal(
      why(route, { embeds, access: { everything: 'admin', contacts: 'none' } }),
      'permission.lacking',
    );
  });

  test('is refused to services for what acts as a person, whatever they may', () => {
    for (const route of routes.all) {
      const personal = route.owner.name === 'timers';
      assert.equal(why(route, { type: 'service' }), personal ? 'permission.service' : undefined, route.id);
      assert.equal(why(route, { type: 'installed' }), undefined, route.id);
    }
  });

  test('is given to nobody without scope or without access, but for who one is', () => {
    const open = routes.all.filter(({ row }) => row.unscoped).map(({ id }) => id);
    assert.deepEqual(open.sort(), ['GET staff/whoami', 'GET tokeninfo', 'GET user', 'GET users/whoami']);
    for (const route of routes.all) {
      const other = route.owner.scope === 'tags' ? 'read(skills)' : 'read(tags)';
      assert.equal(
        why(route, { scope: other }),
        open.includes(route.id) ? undefined : 'scope.exceeded',
        route.id,
      );
      assert.equal(
        why(route, { access: { everything: 'none' } }),
        open.includes(route.id) ? undefined : 'permission.lacking',
        route.id,
      );
    }
  });

  test('to read at all takes both, scope and access', () => {
    const companies = catalogue.resources.get('companies');
    assert.ok(companies);
    assert.equal(reads(callerOf({ scope: 'read(companies)' }), companies), true);
    assert.equal(reads(callerOf({ scope: 'read(contacts)' }), companies), false);
    assert.equal(reads(callerOf({ access: { everything: 'admin', companies: 'none' } }), companies), false);
  });
});
