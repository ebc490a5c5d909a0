import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { onEveryEngine, type TestEngine } from '../harness/engines.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import {
  type Method,
  methods,
  readDocument,
  type Validators,
  validators,
  without,
} from '../harness/openapi.ts';
import { type Generated, requestsFrom } from '../harness/openapi-requests.ts';
import { populate } from '../harness/populate.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** In CI one engine is asked for everything there is; the other, which takes three times as long, for a part. `ACCORD_FUZZ` says otherwise. */
const runsOf = ({ name }: TestEngine): number =>
  Number(process.env.ACCORD_FUZZ ?? (process.env.CI ? runsInCi(name) : 1_500));
const runsInCi = (engine: string): number => (engine === 'sqlite' ? 20_000 : 5_000);
/** Other requests at each run but in CI, where a failure has to be that of the change; `ACCORD_FUZZ_SEED` says otherwise. */
const seed = Number(process.env.ACCORD_FUZZ_SEED ?? (process.env.CI ? 1 : Date.now() % 1_000_000));
/** After so many requests there are fresh objects: some requests take them away. */
const turn = 250;

const document = await readDocument();

const taking = new Map<string, Validators>();
/** The document as it is for who sent these: a caller may take parts out of an answer. */
function validFor({ query }: Generated): Validators {
  const sent = (name: string) => query.some(([each, value]) => each === name && ['1', 'yes'].includes(value));
  const taken = {
    meta: sent('_suppress_meta'),
    message: sent('_suppress_message'),
    defaults:
      sent('_hide_defaults') ||
      query.some(([each, value]) => each === '_fields' && /_hide_defaults/.test(value)),
  };
  const key = JSON.stringify(taken);
  const known = taking.get(key) ?? validators(without(document, taken));
  taking.set(key, known);
  return known;
}

onEveryEngine('requests made from the OpenAPI document', (engine) => {
  const runs = runsOf(engine);
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000', sandbox: true });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test(`are answered as it says (${runs} of them, seed ${seed})`, { timeout: 900_000 }, async () => {
    const requests = fc.sample(requestsFrom(document), { seed, numRuns: runs });
    const wrong = new Map<string, string>();
    const asked = new Set<string>();
    let succeeded = 0;
    for (let from = 0; from < runs; from += turn) {
      const tenant = await world.tenant();
      for (let i = 0; i < 5; i++) await populate(tenant, `row ${i}`, tenant.admin);
      const tokens = await tokensOf(tenant);
      for (const request of requests.slice(from, from + turn)) {
        const sending = sendingOf(request, tokens);
        const reply = await tenant.send(sending);
        asked.add(`${request.method} ${request.path}`);
        if (reply.headers['x-status'] === 'ok') succeeded++;
        for (const problem of problemsOf(request, reply)) {
          const said = `${sending.method} ${sending.path} ${String(sending.body ?? '').slice(0, 300)} → ${reply.http} ${reply.text.slice(0, 300)}`;
          wrong.set(`${request.method} ${request.path}: ${problem}`, said);
        }
      }
    }
    assert.deepEqual([...wrong].slice(0, 20), [], `${wrong.size} kinds of problems`);
    assert.ok(succeeded > runs / 5, `${succeeded} of ${runs} succeeded`);
    if (runs >= 20_000)
      assert.deepEqual(
        Object.entries(document.paths)
          .filter(([, { servers }]) => !servers)
          .flatMap(([path, item]) =>
            methods.filter((method) => item[method]).map((method) => `${method} ${path}`),
          )
          .filter((id) => !asked.has(id)),
        [],
      );
  });
});

onEveryEngine('the OAuth endpoints', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { sandbox: true });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('are answered as the OpenAPI document says, whatever is sent', async () => {
    const tenant = await world.tenant();
    const types = ['service', 'web', 'installed'] as const;
    const bodies = [
      '',
      'grant_type=client_credentials',
      'grant_type=client_credentials&scope=read(companies)',
      'grant_type=client_credentials&scope=read(monkeys)',
      'grant_type=client_credentials&scope=read((',
      'grant_type=authorization_code&code=never-issued',
      'grant_type=refresh_token&refresh_token=never-issued',
      'grant_type=password',
      'grant_type=a&grant_type=b',
      'token=never-issued',
    ];
    const valid = validators(document);
    const seen = new Map<string, number>();
    const wrong: string[] = [];
    const check = (reply: Reply, path: string, method: Method, what: string): void => {
      const status = reply.headers['x-status'] ?? '';
      seen.set(status, (seen.get(status) ?? 0) + 1);
      const causes = document.paths[path]?.[method]?.['x-statuses'][status] ?? [];
      const cause = reply.headers['x-status-cause'];
      if (cause && !causes.includes(cause)) wrong.push(`${what}: the cause ${cause} is not described`);
      const problems = valid.answer(path, method, String(reply.http), JSON.parse(reply.text));
      wrong.push(...problems.map((each) => `${what}: ${each} ${reply.text.slice(0, 200)}`));
    };
    for (const path of ['/token', '/revoke'])
      for (const type of types)
        for (const body of bodies)
          for (const secret of [tenant[type].secret, 'wrong', undefined]) {
            const basic = Buffer.from(`${tenant[type].application.clientId}:${secret}`).toString('base64');
            const headers = {
              'Content-Type': 'application/x-www-form-urlencoded',
              ...(secret === undefined ? {} : { Authorization: `Basic ${basic}` }),
            };
            const reply = await tenant.send({ method: 'POST', path: `/oauth2/v0${path}`, headers, body });
            check(reply, path, 'post', `${path} ${type} ${body} ${secret}`);
          }
    const metadata = '/.well-known/oauth-authorization-server';
    check(await tenant.send({ path: metadata }), metadata, 'get', metadata);
    assert.deepEqual(wrong, []);
    assert.ok((seen.get('ok') ?? 0) > 1 && seen.size > 4, JSON.stringify([...seen]));
  });
});

type Tokens = Readonly<Record<Generated['token'], string | undefined>>;

const tokensOf = async (tenant: Tenant): Promise<Tokens> => ({
  all: tenant.token,
  narrow: await tenant.issue({ scope: 'read(companies)' }),
  restricted: await tenant.issue({ staff: tenant.restricted }),
  service: await tenant.issue({ application: tenant.service }),
  unknown: 'never-issued',
  none: undefined,
});

function sendingOf(
  { path, method, ids, query, headers, body, suffix, token }: Generated,
  tokens: Tokens,
): Sending {
  let at = 0;
  const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent((ids[at++] || '1').toWellFormed()));
  const asked = query.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&');
  const bearer = tokens[token];
  const sent = bodyOf(body);
  return {
    method: method.toUpperCase(),
    path: `/api/v0${filled}${suffix}${asked ? `?${asked}` : ''}`,
    headers: { ...headers, ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...sent?.headers },
    ...(sent ? { body: sent.body } : {}),
  };
}

function bodyOf(body: Generated['body']): Required<Pick<Sending, 'headers' | 'body'>> | undefined {
  if (!body) return undefined;
  const { type, values } = body;
  const texts = Object.entries(values).map(
    ([name, value]) => [name, String(value ?? '').toWellFormed()] as const,
  );
  if (type === 'application/json') return { headers: { 'Content-Type': type }, body: JSON.stringify(values) };
  if (type === 'multipart/form-data')
    return multipart(
      ...texts.map(([name, content]) => ({
        name,
        content,
        ...(/^(file|resource)$/.test(name) ? { filename: 'a.txt' } : {}),
      })),
    );
  return {
    headers: { 'Content-Type': type },
    body: new URLSearchParams(texts.map(([...pair]) => pair)).toString(),
  };
}

/** What an answer has that the document does not say. */
function problemsOf(request: Generated, reply: Reply): readonly string[] {
  const { http, headers, text } = reply;
  const status = headers['x-status'] ?? '';
  if (http >= 500) return [`it is ${http} ${headers['x-status-cause']}`];
  if ((headers['content-type'] ?? '').includes('html')) return ['it is HTML'];
  const method = methodOf(request);
  const operation = document.paths[request.path]?.[method];
  const statuses = operation ? operation['x-statuses'] : document['x-elsewhere'];
  const cause = headers['x-status-cause'];
  if (status !== 'ok' && !statuses[status]) return [`the status ${status} is not described (${cause})`];
  if (cause && !statuses[status]?.includes(cause)) return [`the cause ${cause} is not described`];
  if (!headers['content-type']?.startsWith('application/json')) return [];
  const value: unknown = JSON.parse(text);
  const valid = validFor(request);
  // Under `_suppress_http_status` a refusal comes with 200.
  if (!operation || (http === 200 && status !== 'ok')) return valid.schema('Refusal', value);
  const isFile = http === 200 && !operation.responses['200']?.content?.['application/json'];
  return isFile ? [] : valid.answer(request.path, method, String(http), value);
}

/** The method after `_method`, which may be none of the path's. */
function methodOf({ method, query }: Generated): Method {
  const said = query.find(([name]) => name === '_method')?.[1].toLowerCase();
  return methods.find((each) => each === said) ?? method;
}
