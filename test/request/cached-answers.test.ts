import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Parameters = Readonly<Record<string, unknown>>;

interface Request {
  /** Which of the two tenants asks. */
  readonly of: 0 | 1;
  readonly resource: string;
  readonly parameters: Parameters;
}

/** A value as it is, or the text that it would be written as: the two must never be taken for one another. */
const eitherForm = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(value, fc.boolean()).map(([given, asText]) => (asText ? JSON.stringify(given) : given));

const oneOf = (...values: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values);

const fieldNames = fc.constantFrom('website', 'comments', 'name', 'title', '7', 'company(name)', '_ALL');
const fields = eitherForm(
  fc.oneof(
    fc.uniqueArray(fieldNames, { maxLength: 3 }),
    fc.uniqueArray(fieldNames, { maxLength: 3 }).map((names) => names.join()),
    oneOf(7, true, null, '', '""', {}, { website: 1 }, [['name']], [7]),
  ),
);
const filterValues = oneOf(1, '1', 2, [1], [1, 2], ['2', '1'], 'name', ['MomCorp'], [null], '');
const filters = eitherForm(
  fc.oneof(
    fc.dictionary(
      fc.constantFrom('id', 'id_not', 'search', 'order_by_desc', 'order_by_asc', 'empty', 'website'),
      filterValues,
      { maxKeys: 2 },
    ),
    fc
      .tuple(oneOf('_AND', '_OR'), oneOf({ id: [1], search: ['7'] }, { id_greater_than: [1] }))
      .map(([name, of]) => ({
        [String(name)]: of,
      })),
    oneOf('id(1)', 'id(2)', 'search(7)', 'search(mom)', 'order_by_desc(id)', 'order_by_desc(id),id(1,2)'),
    oneOf(7, true, null, [], ['id(1)'], [{ id: [2] }]),
  ),
);
const parameters = fc.record(
  {
    _fields: fields,
    _filters: filters,
    _search: eitherForm(oneOf('mom', 'planet', 7, true, ['mom'], '')),
    _limit: oneOf(1, '1', 2, '100', 1.5, [1]),
    _page: oneOf(0, '0', 1, '1'),
    _offset: oneOf(0, '1', 1),
    _hide_defaults: oneOf(1, '1', 'yes', true, 'no'),
  },
  { requiredKeys: [] },
);
const request: fc.Arbitrary<Request> = fc.record({
  of: fc.constantFrom(0 as const, 1 as const),
  resource: fc.constantFrom('companies', 'companies', 'companies/count', 'tasks'),
  parameters,
});

/** Some requests, and their places when each is made twice: `[0, 2, 0, 1, …]`. */
const conversation = fc.array(request, { minLength: 2, maxLength: 5 }).chain((requests) =>
  fc.tuple(
    fc.constant(requests),
    fc.shuffledSubarray([...requests.keys(), ...requests.keys()], {
      minLength: 2 * requests.length,
      maxLength: 2 * requests.length,
    }),
    fc.boolean(),
  ),
);

onEveryEngine('answers do not depend on what was asked before', (engine) => {
  let world: TestWorld;
  let tenants: readonly [Tenant, Tenant];

  before(async () => {
    world = await startWorld(engine);
    tenants = [await world.tenant(), await world.tenant()];
    for (const [i, tenant] of tenants.entries()) {
      for (const name of i === 0
        ? ['Planet Express', '7']
        : ['MomCorp', '["website","comments"]', '7th heaven']) {
        const company = await tenant.put('companies', {
          name,
          website: `${name}.example`,
          comments: `of ${i}`,
        });
        await tenant.put('tasks', { title: name, against_type: 'company', against_id: company });
      }
    }
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  async function ask(server: Server, { of, resource, parameters: asked }: Request): Promise<unknown> {
    const tenant = tenants[of];
    const reply = await send(server.port, tenant.host, {
      method: 'POST',
      path: `/api/v0/${resource}?_method=get`,
      headers: { Authorization: `Bearer ${tenant.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(asked),
    });
    const { meta, response } = JSON.parse(reply.text);
    return { http: reply.http, status: meta.status, message: meta.message, response };
  }

  /** As a server answers that nobody has asked anything. */
  async function afresh(asked: Request): Promise<unknown> {
    const { databaseUrl, data } = world.database;
    const settings = {
      port: '0',
      data,
      'log-level': 'silent',
      ...(databaseUrl ? { 'database-url': databaseUrl } : {}),
    };
    const server = await startServer(readConfig(settings, {}), { clock: () => world.now });
    try {
      await server.world.store.ready;
      return await ask(server, asked);
    } finally {
      await server.close();
    }
  }

  async function check(
    requests: readonly Request[],
    order: readonly number[],
    together: boolean,
  ): Promise<void> {
    const answers: [number, unknown][] = [];
    const answer = async (i: number): Promise<void> => {
      answers.push([i, await ask(world.server, requests[i] as Request)]);
    };
    if (together) await Promise.all(order.map(answer));
    else for (const i of order) await answer(i);
    for (const [i, asked] of requests.entries()) {
      const wanted = await afresh(asked);
      for (const [of, got] of answers) if (of === i) assert.deepEqual(got, wanted, JSON.stringify(asked));
    }
  }

  const list = (of: 0 | 1, asked: Parameters): Request => ({ of, resource: 'companies', parameters: asked });

  test('a text that looks like a list of fields is not taken for the list', async () => {
    const names = ['website', 'comments'];
    await check(
      [
        list(0, { _fields: JSON.stringify(names) }),
        list(1, { _fields: names }),
        list(0, { _fields: names.join() }),
      ],
      [0, 1, 2, 2, 1, 0],
      false,
    );
    await check([list(0, { _fields: '7' }), list(1, { _fields: 7 })], [0, 1, 1, 0], false);
    await check([list(0, { _fields: 'null' }), list(1, { _fields: null })], [0, 1, 1, 0], false);
  });

  test('a number, a flag and an object are no fields', async () => {
    await Promise.all(['7', 'true', '{}'].map((text) => ask(world.server, list(0, { _fields: text }))));
    for (const value of [7, true, {}, [7], [['name']], [null]]) {
      const reply = await tenants[1].api('POST', '/api/v0/companies?_method=get', { _fields: value });
      assert.equal(reply.cause, 'parameter.invalid', JSON.stringify(value));
      assert.match(reply.text, /_fields/);
    }
  });

  test('whatever two tenants ask, twice and in any order', { timeout: 280_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(conversation, ([requests, order, together]) => check(requests, order, together)),
      { numRuns: 40, interruptAfterTimeLimit: 200_000 },
    );
  });
});
