import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadCatalogue, resourceNamed } from '../../../src/catalogue/catalogue.ts';
import { Refusal } from '../../../src/contract/refuse.ts';
import { parseAccess, personOf } from '../../../src/identity/people.ts';
import { parseStoredScope } from '../../../src/identity/scope.ts';
import type { Caller } from '../../../src/request/03-authentication/caller.ts';
import { buildRoutes, type Route } from '../../../src/request/05-route/table.ts';
import type { ParsedRequest } from '../../../src/request/06-parameters/parse.ts';
import { may, needOf, permit, reads } from '../../../src/request/07-permission/permit.ts';

const catalogue = await loadCatalogue();
const routes = new Map(buildRoutes(catalogue).all.map((route) => [route.id, route]));

function route(id: string): Route {
  const found = routes.get(id);
  assert.ok(found, id);
  return found;
}

function caller(scope: string, access: string, type: 'web' | 'service' = 'web'): Caller {
  return {
    application: { id: 1, clientId: 'c', name: 'client', type },
    person: { ...personOf({ id: 1, standing: 'active', access: null }), access: parseAccess(access) },
    scope: parseStoredScope(scope),
    expires: 0,
    origin: undefined,
  };
}

const all = '{"everything":"admin"}';
const parsed = (given: Route, by: Caller, reaches: readonly string[] = []) =>
  ({ caller: by, route: given, selection: { reaches: new Set(reaches) } }) as unknown as ParsedRequest;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.because}: ${error.particulars.detail}`;
  }
  return 'permitted';
}

describe('what a request needs', () => {
  const needs = (id: string): string => {
    const { deed, resource } = needOf(route(id));
    return `${deed} ${resource.name}`;
  };

  test('reading, creating, changing and removing an object', () => {
    assert.equal(needs('GET companies'), 'read companies');
    assert.equal(needs('GET companies/{company_id}'), 'read companies');
    assert.equal(needs('GET companies/count'), 'read companies');
    assert.equal(needs('POST companies'), 'create companies');
    assert.equal(needs('PUT companies/{company_id}'), 'update companies');
    assert.equal(needs('DELETE jobs/{job_id}'), 'remove jobs');
  });
  test('what a verb does is a change of the object it is below', () => {
    for (const { id, row, owner } of routes.values()) {
      const { deed, resource } = needOf(route(id));
      if (row.method === 'GET') assert.equal(deed, 'read', id);
      else {
        assert.equal(resource, owner, id);
        const byMethod = { POST: 'create', PUT: 'update', DELETE: 'remove' }[row.method];
        if (row.act === 'create' || row.act === 'remove') assert.equal(deed, byMethod, id);
        else if (row.path.includes('}/')) assert.equal(deed, 'update', id);
        else assert.equal(deed, byMethod, id);
      }
    }
    assert.equal(needs('POST timers/{timer_id}/start'), 'update timers');
    const below = route('POST companies');
    const made = { ...below, row: { ...below.row, path: 'companies/{company_id}/companies' } };
    assert.equal(needOf(made).deed, 'create', 'also below another object');
    assert.equal(needs('POST issues/{issue_id}/progressions/{progression_id}/auto'), 'update issues');
  });
  test('a list below an object is of what is answered, unless the object governs it', () => {
    const below = [...routes.values()].filter(
      ({ row, answered, owner }) => row.method === 'GET' && answered !== owner,
    );
    assert.ok(
      below.some(({ row }) => row.governed === 'owner') && below.some(({ row }) => row.governed !== 'owner'),
    );
    for (const each of below)
      assert.equal(
        needOf(each).resource,
        each.row.governed === 'owner' ? each.owner : each.answered,
        each.id,
      );
  });
});

describe('who may', () => {
  const companies = resourceNamed(catalogue, 'companies');

  test('a token needs the verb, and a person the level', () => {
    const asked = (scope: string, access: string, deed: 'read' | 'create' | 'update' | 'remove') =>
      refusal(() => may(caller(scope, access), deed, companies));
    assert.equal(asked('read(companies)', all, 'read'), 'permitted');
    assert.equal(asked('read(companies)', all, 'create'), 'scope.exceeded: write(companies)');
    assert.equal(asked('read(jobs)', all, 'read'), 'scope.exceeded: read(companies)');
    assert.equal(asked('write(companies)', all, 'remove'), 'permitted');
    const none = '{"everything":"admin","companies":"none"}';
    assert.equal(asked('write(all)', none, 'read'), 'permission.lacking: read companies');
    assert.equal(asked('write(all)', none, 'update'), 'permission.lacking: update companies');
    const standard = '{"everything":"none","companies":"standard"}';
    assert.equal(asked('write(all)', standard, 'read'), companies.access.read === 'admin' ? '' : 'permitted');
    assert.equal(
      asked('write(all)', standard, 'remove'),
      companies.access.remove === 'standard' ? 'permitted' : 'permission.lacking: remove companies',
    );
  });
  test('whether somebody reads a resource at all depends on scope and level', () => {
    const none = '{"everything":"admin","companies":"none"}';
    assert.equal(reads(caller('read(companies)', all), companies), true);
    assert.equal(reads(caller('read(jobs)', all), companies), false);
    assert.equal(reads(caller('read(companies)', none), companies), false);
    assert.equal(reads(caller('read(jobs)', none), companies), false);
  });
  test('a refusal names the resource in words', () => {
    const periods = resourceNamed(catalogue, 'contract_periods');
    const lacking = refusal(() => may(caller('write(all)', '{}'), 'read', periods));
    assert.equal(lacking, `permission.lacking: read ${periods.plural.split('_').join(' ')}`);
    assert.ok(periods.plural.includes('_'));
  });
  test('a list below an object asks also for the object, when it is of another scope', () => {
    const below = [...routes.values()].find(
      ({ row, owner, answered, subject }) =>
        row.method === 'GET' &&
        row.governed !== 'owner' &&
        owner.scope !== answered.scope &&
        subject &&
        !row.unscoped &&
        !row.personal,
    );
    assert.ok(below);
    const { owner, answered } = below;
    const both = `read(${owner.scope},${answered.scope})`;
    assert.equal(
      refusal(() => permit(parsed(below, caller(both, all)))),
      'permitted',
    );
    assert.equal(
      refusal(() => permit(parsed(below, caller(`read(${answered.scope})`, all)))),
      `scope.exceeded: read(${owner.scope})`,
    );
    assert.equal(
      refusal(() => permit(parsed(below, caller(`read(${owner.scope})`, all)))),
      `scope.exceeded: read(${answered.scope})`,
    );
    const alone: Route = { ...below, subject: undefined };
    assert.equal(
      refusal(() => permit(parsed(alone, caller(`read(${answered.scope})`, all)))),
      'permitted',
    );
    const writing: Route = { ...below, row: { ...below.row, method: 'POST' } };
    assert.equal(
      refusal(() => permit(parsed(writing, caller(`write(${owner.scope})`, all)))),
      'permitted',
    );
    const hidden = { ...owner, access: { ...owner.access, read: 'admin', update: 'standard' } as const };
    const blind = caller(`write(${owner.scope})`, '{"everything":"standard"}');
    const changing: Route = {
      ...writing,
      owner: hidden,
      row: { ...writing.row, act: 'act', path: 'a/{b}/c' } as never,
    };
    assert.equal(
      refusal(() => permit(parsed(changing, blind))),
      'permitted',
      'who may change need not read',
    );
    const governed: Route = { ...below, row: { ...below.row, governed: 'owner' } };
    assert.equal(
      refusal(() => permit(parsed(governed, caller(`read(${owner.scope})`, all)))),
      'permitted',
    );
    const same: Route = {
      ...below,
      answered: { ...answered, scope: owner.scope, access: { ...answered.access, read: 'none' } },
    };
    const noAccess = caller(`read(${owner.scope})`, `{"everything":"none"}`);
    assert.equal(
      refusal(() => permit(parsed(same, noAccess))),
      'permitted',
      'one scope is asked for once',
    );
  });
  test('what is embedded is asked for as well, in scope and level', () => {
    const list = route('GET companies');
    const embedding = (scope: string, access: string) =>
      refusal(() => permit(parsed(list, caller(scope, access), ['contacts', 'staff'])));
    assert.equal(embedding('read(companies,contacts,staff)', all), 'permitted');
    assert.equal(embedding('read(companies,contacts)', all), 'scope.exceeded: read(staff)');
    const barred = '{"everything":"standard","contacts":"none"}';
    assert.equal(embedding('read(all)', barred), 'permission.lacking: read contacts');
    assert.equal(embedding('read(all)', '{"everything":"standard"}'), 'permitted');
  });
  test('a service application may not act as a person, and nobody needs a scope for what has none', () => {
    const personal = route('GET timers');
    const service = caller('write(all)', all, 'service');
    assert.equal(
      refusal(() => permit(parsed(personal, service))),
      'permission.service: get timers',
    );
    assert.equal(
      refusal(() => permit(parsed(personal, caller('write(all)', all)))),
      'permitted',
    );
    assert.equal(
      refusal(() => permit(parsed(route('GET companies'), service))),
      'permitted',
    );
    const unscoped = [...routes.values()].find(({ row }) => row.unscoped);
    assert.ok(unscoped);
    const nobody = parsed(unscoped, caller('read(jobs)', '{}'), ['staff']);
    assert.deepEqual(permit(nobody), { ...nobody, permitted: true });
    const given = parsed(route('GET companies'), caller('read(all)', all));
    assert.deepEqual(permit(given), { ...given, permitted: true });
  });
});
