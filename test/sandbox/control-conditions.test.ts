import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Answer, Tree } from '../../src/contract/answer.ts';
import { ControlError } from '../../src/contract/control-error.ts';
import { refuse } from '../../src/contract/refuse.ts';
import type { Deployment } from '../../src/identity/deployments.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { unreadableRequest } from '../../src/request/01-transport/unreadable.ts';
import type { World } from '../../src/request/world.ts';
import { asksForControl, createControl } from '../../src/sandbox/control.ts';
import { type ControlAsked, type ControlRoute, ControlText } from '../../src/sandbox/control-route.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections, type Reply, send } from '../harness/http.ts';
import { walked } from '../harness/walked.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlToken } from './control.ts';

/** Every token that differs from another in one character, and so has its length. */
const neighbours = (token: string): readonly string[] =>
  Array.from(
    token,
    (character, i) => `${token.slice(0, i)}${character === 'x' ? 'y' : 'x'}${token.slice(i + 1)}`,
  );

describe('who may use the control API', () => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const asked = (
    authorization: string | undefined,
    path: string,
    method = 'GET',
    body?: string,
  ): Promise<Reply> =>
    send(world.server.port, tenant.host, {
      method,
      path: `/sandbox/v0/${path}`,
      headers: {
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });

  test('the sandbox token, in whatever case the scheme is written', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  '])
      assert.equal((await asked(`${scheme} ${controlToken}`, 'forks')).http, 200, scheme);
  });

  test('no token that differs in a single character, and nothing is done for it', async () => {
    const path = `deployments/${tenant.deployment.name}/clock`;
    for (const token of neighbours(controlToken)) {
      const reply = await asked(`Bearer ${token}`, path, 'POST', '{"advance":1000}');
      assert.equal(reply.http, 401, token);
      assert.equal(reply.headers['www-authenticate'], 'Bearer realm="accord sandbox"');
      assert.equal(reply.headers['x-status'] ?? 'invalid_client', 'invalid_client');
      assert.match(JSON.parse(reply.text).error, /^this needs the sandbox token/);
    }
    const { text } = await asked(`Bearer ${controlToken}`, path);
    assert.equal(JSON.parse(text).now, world.now, 'the clock stands where it stood');
  });

  test('no part of it, no more than it, no other scheme, and nobody without one', async () => {
    for (const wrong of [
      undefined,
      '',
      controlToken,
      'Bearer',
      'Bearer ',
      `Bearer ${controlToken.slice(0, -1)}`,
      `Bearer ${controlToken.slice(1)}`,
      `Bearer ${controlToken}x`,
      `Bearer ${controlToken} x`,
      `Bearer ${controlToken.toUpperCase()}`,
      `Basic ${controlToken}`,
      `Basic ${Buffer.from(`x:${controlToken}`).toString('base64')}`,
      `xBearer ${controlToken}`,
      `Bearer ${tenant.token}`,
    ])
      assert.equal((await asked(wrong, 'forks')).http, 401, String(wrong));
    assert.equal((await asked(undefined, `forks?token=${controlToken}`)).http, 401);
    assert.equal((await asked(undefined, `forks?_bearer_token=${controlToken}`)).http, 401);
  });

  test('whoever may not is told nothing: neither what there is nor what was wrong', async () => {
    const replies = [
      await asked(undefined, 'forks'),
      await asked(undefined, 'nothing'),
      await asked(undefined, 'forks', 'PUT'),
      await asked(undefined, '%zz'),
      await asked(undefined, 'deployments/nobody/clock'),
      await asked(undefined, `deployments/${tenant.deployment.name}/clock`, 'POST', '{'),
    ];
    assert.deepEqual(new Set(replies.map(({ http, text }) => `${http} ${text}`)).size, 1);
  });
});

const here = { id: 7, name: 'here', title: 'Here' } as Deployment;

/** A control API with routes of its own, and what they were asked. */
function made() {
  const runs: { path: string; asked: ControlAsked }[] = [];
  const route = (
    method: ControlRoute['method'],
    path: string,
    says: () => Tree | ControlText,
  ): ControlRoute => ({
    method,
    path,
    says: '',
    run: async (asked) => {
      runs.push({ path: `${method} ${path}`, asked });
      return says();
    },
  });
  const fail = (error: unknown) => (): never => {
    throw error;
  };
  const routes = [
    route('GET', 'things', () => ({ things: [] })),
    route('POST', 'things', () => ({ made: true })),
    route('GET', 'things/{thing}', () => ({ one: 1 })),
    route('GET', 'things/last', () => ({ last: true })),
    route('GET', 'deployments/{deployment}/things', () => ({ of: 'it' })),
    route('GET', 'text', () => new ControlText('text/x-report', 'a report')),
    route('GET', 'bad', fail(new ControlError('that cannot be'))),
    route('GET', 'gone', fail(new ControlError('it is not there', 404))),
    route('GET', 'broken', fail(new TypeError('secret of the inside'))),
    route('GET', 'refused', () => refuse('name.taken', { exact: 'secret of the inside' })),
  ];
  const directory = Object.assign(async (name: string) => (name === 'here' ? here : undefined), {
    forget: () => {},
  });
  const control = createControl(routes, controlToken);
  const inside = { directory } as Pick<World, 'directory'> as World;
  const ask = async (path: string, more: Partial<Received> = {}) => {
    const request: Received = {
      ...unreadableRequest('', 'r-1', 0, { host: 'localhost:1', https: false }),
      malformed: undefined,
      method: 'GET',
      segments: ['sandbox', 'v0', ...path.split('/')],
      headers: { authorization: `Bearer ${controlToken}` },
      ...more,
    };
    const { answer, trail } = await walked(control, request, inside);
    return { ...answer, json: jsonIn(answer), trail };
  };
  return { runs, ask };
}

function jsonIn({ type, body }: Answer): Record<string, unknown> {
  return type.startsWith('application/json') ? JSON.parse(String(body)) : {};
}

describe('the ways of a control request', () => {
  test('a path and a method lead to one route; the first that fits has it', async () => {
    const { runs, ask } = made();
    for (const [path, method] of [
      ['things', 'GET'],
      ['things', 'POST'],
      ['things/last', 'GET'],
      ['things/a%2fb', 'GET'],
      ['deployments/here/things', 'GET'],
    ] as const)
      assert.equal((await ask(path, { method })).http, 200, path);
    assert.deepEqual(
      runs.map(({ path }) => path),
      [
        'GET things',
        'POST things',
        'GET things/{thing}',
        'GET things/{thing}',
        'GET deployments/{deployment}/things',
      ],
    );
    assert.deepEqual(
      runs.map(({ asked }) => asked.names),
      [{}, {}, { thing: 'last' }, { thing: 'a%2fb' }, { deployment: 'here' }],
    );
    assert.deepEqual(
      runs.map(({ asked }) => asked.deployment.id),
      [0, 0, 0, 0, 7],
    );
  });

  test('empty segments are none', async () => {
    const { ask } = made();
    assert.deepEqual((await ask('/things//')).json, { things: [] });
  });

  test('another version, a longer or a shorter path, and another deployment are not there', async () => {
    const { runs, ask } = made();
    for (const path of ['thing', 'things/1/2', 'deployments/here', 'deployments/here/thing', '']) {
      const { http, json, status } = await ask(path);
      assert.equal(http, 404, path);
      assert.equal(status, 'invalid_request');
      assert.match(String(json.error), /^there is no such path; there are: GET \/sandbox\/v0\/things, POST/);
    }
    for (const segments of [['sandbox', 'v1', 'things'], ['sandbox', 'things'], ['sandbox']])
      assert.equal((await ask('', { segments })).http, 404, segments.join('/'));
    const nobody = await ask('deployments/nobody/things');
    assert.equal(nobody.http, 404);
    assert.equal(nobody.json.error, 'there is no deployment named nobody');
    assert.deepEqual(runs, []);
  });

  test('another method is told which can be used', async () => {
    const { runs, ask } = made();
    for (const method of ['PUT', 'DELETE', 'OPTIONS', undefined] as const) {
      const { http, json } = await ask('things', { method });
      assert.equal(http, 405);
      assert.equal(json.error, 'GET, POST can be used here');
    }
    assert.equal((await ask('text', { method: 'POST' })).json.error, 'GET can be used here');
    assert.deepEqual(runs, []);
  });

  test('what could not be read, or was sent twice, is not acted upon', async () => {
    const { runs, ask } = made();
    for (const [unread, says] of [
      [{ malformed: 'the body is no JSON' }, 'the body is no JSON'],
      [{ misaddressed: 'the path is badly encoded' }, 'the path is badly encoded'],
      [{ repeated: 'name' }, 'name was sent more than once'],
    ] as const) {
      const { http, json } = await ask('things', { method: 'POST', ...unread });
      assert.equal(http, 400);
      assert.equal(json.error, says);
    }
    assert.deepEqual(runs, []);
  });

  test('a route gets what was in the query and in the body, and where the server is reached', async () => {
    const { runs, ask } = made();
    const query = new Map([['a', '1']]);
    const body = new Map([['b', 2]]);
    await ask('things', { query, body });
    await ask('things', { https: true, host: 'sandbox.example.com' });
    assert.deepEqual(Object.fromEntries(runs[0]?.asked.values ?? []), { a: '1', b: 2 });
    assert.equal(runs[0]?.asked.origin, 'http://localhost:1');
    assert.equal(runs[1]?.asked.origin, 'https://sandbox.example.com');
  });

  test('answers are JSON on a line, or a text of its own type; nobody keeps or guesses at them', async () => {
    const { ask } = made();
    const list = await ask('things');
    assert.equal(list.body, '{"things":[]}\n');
    assert.equal(list.type, 'application/json; charset=utf-8');
    const text = await ask('text');
    assert.deepEqual([text.body, text.type, text.status], ['a report', 'text/x-report', 'ok']);
    for (const { headers } of [list, text, await ask('nothing')]) {
      assert.ok(headers.some(([name, value]) => name === 'Cache-Control' && value === 'no-store'));
      assert.ok(headers.some(([name, value]) => name === 'X-Content-Type-Options' && value === 'nosniff'));
    }
    assert.deepEqual([list.status, list.cause, list.trail.refusal], ['ok', undefined, undefined]);
  });

  test('what cannot be done is said; what fails is a server error that tells nothing of the inside', async () => {
    const { ask } = made();
    const bad = await ask('bad');
    assert.deepEqual([bad.http, bad.json.error, bad.status], [400, 'that cannot be', 'invalid_request']);
    const gone = await ask('gone');
    assert.deepEqual([gone.http, gone.json.error], [404, 'it is not there']);
    assert.equal(gone.trail.refusal, undefined, 'it is no incident');
    const broken = await ask('broken');
    assert.deepEqual([broken.http, broken.status], [500, 'server_error']);
    assert.equal(broken.json.error, 'something went wrong in the server: see the log for request r-1');
    assert.equal(broken.trail.refusal?.because, 'routine.threw');
    assert.equal((broken.trail.thrown as Error).message, 'secret of the inside');
    const refused = await ask('refused');
    assert.equal(refused.http, 500);
    assert.equal(refused.trail.refusal?.because, 'name.taken');
    assert.equal(refused.trail.thrown, undefined);
  });

  test('no token of the same length is let in, whatever is asked', async () => {
    const { runs, ask } = made();
    for (const token of neighbours(controlToken))
      assert.equal((await ask('things', { headers: { authorization: `Bearer ${token}` } })).http, 401);
    assert.equal((await ask('things', { headers: {} })).status, 'invalid_client');
    assert.deepEqual(runs, []);
  });

  test('only paths that begin with its own segment are its', () => {
    const begins = (...segments: string[]) => asksForControl({ segments } as unknown as Received);
    assert.ok(begins('sandbox') && begins('sandbox', 'v0') && begins('sandbox', 'v9'));
    assert.ok(!begins() && !begins('sandboxes') && !begins('api', 'sandbox') && !begins(''));
  });

  test('an error of a route is a 400 unless it says that something is not there', () => {
    assert.equal(new ControlError('x').http, 400);
    assert.equal(new ControlError('x', 404).http, 404);
    assert.equal(new ControlError('x').name, 'ControlError');
  });
});
