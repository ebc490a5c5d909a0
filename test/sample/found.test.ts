import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/request/05-route/table.ts';
import { sample } from '../../src/sample/sample.ts';
import { serveSample } from './served.ts';

let served: Awaited<ReturnType<typeof serveSample>>;
before(async () => {
  served = await serveSample();
});
after(() => served.server.close());

async function ask(path: string, token: string): Promise<{ readonly http: number; readonly text: string }> {
  const reply = await fetch(`http://127.0.0.1:${served.server.port}/api/v0/${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return { http: reply.status, text: await reply.text() };
}

/** Whether an answer tells of something: a list with an object, a count, an object. */
function tells(route: Route, text: string): boolean {
  if (route.row.verb === 'resources.download') return text.length > 0;
  const { response } = JSON.parse(text) as { response: unknown };
  if (Array.isArray(response)) return response.length > 0;
  if (typeof response !== 'object' || response === null) return false;
  const values = Object.values(response);
  if (route.row.act === 'count') return Number((response as { count: string }).count) > 0;
  const lists = values.filter((value) => Array.isArray(value));
  return lists.length > 0 ? lists.some((list) => list.length > 0) : values.length > 0;
}

/** The paths of a request, with the ids of what the sample has. */
async function* pathsOf({ row, subject, answered, ids }: Route): AsyncGenerator<string> {
  const { store } = served.server.world;
  const table = async (name: string): Promise<readonly unknown[]> =>
    (await store.list(served.deployment, { table: name, columns: ['id'], limit: 1_000 })).map(({ id }) => id);
  const fill = (path: string, id: unknown): string => path.replace(/\{[^}]*\}/, String(id));
  if (ids.length === 0) yield row.path;
  else
    for (const one of await table(subject?.name ?? answered.name)) {
      if (ids.length === 1) yield fill(row.path, one);
      else for (const other of await table(answered.name)) yield fill(fill(row.path, one), other);
    }
}

async function isFound(route: Route): Promise<boolean> {
  const token = route.row.personal || route.id.includes('timers') ? served.personal : sample.token;
  for await (const path of pathsOf(route)) {
    const { http, text } = await ask(path, token);
    if (http === 200 && tells(route, text)) return true;
  }
  return false;
}

test('every list, count and GET of the catalogue finds something in the small sample', async () => {
  const empty: string[] = [];
  const gets = served.server.world.routes.all.filter(({ row }) => row.method === 'GET');
  for (const route of gets) if (!(await isFound(route))) empty.push(route.id);
  assert.deepEqual(empty, []);
  assert.ok(gets.length > 200, `${gets.length} were asked`);
});

test('every resource of the catalogue has rows', async () => {
  const { store, catalogue } = served.server.world;
  const empty: string[] = [];
  for (const { name } of catalogue.resources.values())
    if ((await store.list(served.deployment, { table: name, columns: ['id'], limit: 1 })).length === 0)
      empty.push(name);
  assert.deepEqual(empty, []);
});

test('ids begin with 1,001', async () => {
  const { store, catalogue } = served.server.world;
  for (const { name } of catalogue.resources.values()) {
    const [first] = await store.list(served.deployment, { table: name, columns: ['id'], limit: 1 });
    assert.equal(first?.id, 1_001, name);
  }
});
