import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import { expectOk } from '../../client/src/refused.ts';
import type { Stream } from '../../client/src/request.ts';
import { companies } from '../../client/src/resources/companies.ts';
import { resources } from '../../client/src/resources/resources.ts';
import { sqlite } from '../harness/engines.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const name = 'hypnotoad';
let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite, { 'default-deployment': name });
  tenant = await world.tenant({ name });
});
after(() => world.close());

test('a file goes there and back, as a Blob and as a stream', async () => {
  const client = createClient({
    baseUrl: `http://127.0.0.1:${world.server.port}`,
    auth: { token: tenant.token },
    resources: { companies, resources },
  });
  const company = expectOk(await client.companies.create({ name: 'Planet Express' }));
  const [collection] = expectOk(await client.companies.collections(company.id));
  assert.ok(collection);
  const { id: kept } = collection;
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const half = bytes.length / 2;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(bytes.slice(0, half));
      controller.enqueue(bytes.slice(half));
      controller.close();
    },
  });
  const files: readonly (File | Stream)[] = [
    new File([bytes], 'dark matter.bin', { type: 'application/x-matter' }),
    { stream, name: 'dark matter.bin', type: 'application/x-matter' },
  ];
  for (const resource of files) {
    const uploaded = expectOk(await client.companies.upload(company.id, kept, { resource }));
    assert.equal(uploaded.mimetype, 'application/x-matter');
    assert.equal(uploaded.title, 'dark matter.bin');
    const found = expectOk(await client.resources.get(uploaded.id, { fields: ['filesize', 'date_created'] }));
    assert.equal(found.filesize, bytes.length);
    assert.ok(found.date_created instanceof Date);
    const downloaded = expectOk(await client.resources.download(uploaded.id));
    assert.deepEqual(new Uint8Array(await downloaded.arrayBuffer()), bytes);
  }
  const none = await client.resources.download(4_242);
  assert.ok(!none.ok);
  assert.equal(none.verdict.status, 'invalid_request');
  assert.notEqual(none.verdict.message, '');
});

test('a filter that no URL can hold, or whose words the grammar would take for its own', async () => {
  const asked: string[] = [];
  const client = createClient({
    baseUrl: `http://127.0.0.1:${world.server.port}`,
    auth: { token: tenant.token },
    resources: { companies },
    fetch: (input, init) => {
      asked.push(`${init?.method} ${new URL(String(input)).search}`);
      return fetch(input, init);
    },
  });
  const website = 'http://example.com/(a),(b)';
  const made = expectOk(await client.companies.create({ name: 'Mom', website }));
  const [found, ...more] = expectOk(
    await client.companies.list({ filters: { website }, order: '-id', limit: 1 }),
  );
  assert.deepEqual([found?.id, more], [made.id, []]);
  assert.equal(asked.at(-1), 'POST ?_method=GET');
  const id = Array.from({ length: 900 }, (_, i) => made.id + i);
  const many = expectOk(await client.companies.list({ filters: { id }, fields: ['website'] }));
  assert.deepEqual(
    many.map((each) => each.website),
    [website],
  );
  assert.equal(asked.at(-1), 'POST ?_method=GET');
  assert.equal(expectOk(await client.companies.count({ filters: { id } })), 1);
  assert.deepEqual(
    expectOk(await client.companies.list({ filters: { website: 'http://example.com/' } })),
    [],
  );
  assert.match(asked.at(-1) ?? '', /^GET \?_filters=/);
});
