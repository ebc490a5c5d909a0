import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import { readXml } from '../harness/read-xml.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** Every read of the catalogue in every format, by suffix and by header, read back by parsers that are not ours: the same tree. */
onEveryEngine('every read in three formats', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000', 'webhook-allow-private': true });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const readers = {
    json: ['application/json', (text: string): unknown => JSON.parse(text)],
    xml: ['application/xml', readXml],
    yaml: ['application/yaml', (text: string): unknown => parseYaml(text)],
  } as const;
  /** Without what names the one request. */
  const treeIn = (reply: Reply, format: keyof typeof readers): unknown => {
    const { meta, response } = readers[format][1](reply.text) as { meta: object; response: unknown };
    return { meta: { ...meta, more_info: '' }, response };
  };

  test('says the same, and never what kind of wrapper', async () => {
    const ids = await populate(tenant, 'a "text" with <signs> & lines\r\n: - é', tenant.admin);
    const wrong: string[] = [];
    let asked = 0;
    for (const route of world.server.world.routes.all) {
      if (route.row.method !== 'GET') continue;
      const { sending } = await asking(tenant, route, ids, true);
      const plain = await tenant.send(sending);
      // A file is the same whatever is asked for.
      if (!plain.headers['content-type']?.startsWith('application/json')) continue;
      const wanted = treeIn(plain, 'json');
      for (const format of ['json', 'xml', 'yaml'] as const) {
        const [path = '', query] = sending.path.split('?');
        const suffixed = `${path}.${format}${query === undefined ? '' : `?${query}`}`;
        const headers = { ...sending.headers, Accept: readers[format][0] };
        for (const other of [
          { ...sending, path: suffixed },
          { ...sending, headers },
        ]) {
          const reply = await tenant.send(other);
          try {
            assert.equal(reply.headers['content-type']?.split(';')[0], readers[format][0]);
            assert.deepEqual(treeIn(reply, format), wanted);
          } catch (error) {
            wrong.push(`${route.id} ${format}: ${String((error as Error).message).slice(0, 300)}`);
          }
          asked++;
        }
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(asked > 1_000, `${asked} were asked`);
  });
});
