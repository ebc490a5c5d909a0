import type { Tree } from '../src/contract/answer.ts';
import type { Example, Examples } from '../src/openapi/examples.ts';
import type { Route } from '../src/request/05-route/table.ts';
import { sqlite } from '../test/harness/engines.ts';
import { closeConnections, type Sending } from '../test/harness/http.ts';
import { asking } from '../test/harness/needs.ts';
import { populate } from '../test/harness/populate.ts';
import { startWorld, type Tenant, type TestWorld } from '../test/harness/world.ts';
import { exchanges, hourly, refusals } from './exchanges.ts';

const shownHost = 'planet-express.api.localhost:4280';

/**
 * Starts a server on a clock that stands still, asks every request of the catalogue of a deployment of its own, whose contents are always the
 * same, and writes down what was said. Throws when a request is not answered `ok`, or a refusal has another cause than it should.
 */
export async function recordExamples(): Promise<Examples> {
  const world = await startWorld(sqlite, { 'rate-limit': String(hourly), 'webhook-allow-private': true });
  try {
    const requests: Record<string, Example> = {};
    for (const route of world.server.world.routes.all) requests[route.id] = await succeed(world, route);
    for (const [id, make] of Object.entries(exchanges)) {
      const tenant = await world.tenant();
      const { example } = await exchange(tenant, await make(tenant));
      requests[id] = example;
    }
    const refused: Record<string, Example> = {};
    for (const [cause, make] of Object.entries(refusals)) {
      const tenant = await world.tenant();
      const sending = await make(tenant);
      const { example, because } = await exchange(tenant, sending);
      if (because !== cause) throw new Error(`${cause} was to be shown, and it is ${because}`);
      refused[cause] = example;
    }
    return { requests, refusals: refused };
  } finally {
    closeConnections();
    await world.close();
  }
}

async function succeed(world: TestWorld, route: Route): Promise<Example> {
  const tenant = await world.tenant();
  const ids = await populate(tenant, 'Example', tenant.admin);
  const query = route.row.act === 'read' ? '?_fields=_ALL' : '';
  const { sending, body, part } = await asking(tenant, route, ids, true, query, 'of the example');
  const { example, because } = await exchange(tenant, sending);
  if (because !== undefined) throw new Error(`${route.id} was refused: ${JSON.stringify(example)}`);
  if (!part) return example;
  const sent = { type: 'multipart/form-data', body: { ...body, [part]: 'dark-matter.txt' } as Tree };
  return { ...example, sent };
}

async function exchange(
  tenant: Tenant,
  sending: Sending,
): Promise<{ example: Example; because: string | undefined }> {
  const headers = { 'X-Request-Id': `example-${tenant.deployment.id}`, ...sending.headers };
  const { http, headers: said, text } = await tenant.send({ ...sending, headers });
  const type = (said['content-type'] ?? '').split(';')[0] ?? '';
  const shown = text
    .replaceAll(tenant.host, shownHost)
    .replaceAll(tenant.deployment.name, 'planet-express')
    .replaceAll(tenant.token, 'THE-ACCESS-TOKEN')
    .replaceAll(headers['X-Request-Id'], 'THE-REQUEST-ID')
    .replaceAll(/("access_token":)"[^"]+"/g, '$1"THE-ACCESS-TOKEN"');
  const example: Example = {
    path: sending.path,
    ...(sending.body === undefined ? {} : { sent: sentIn(sending) }),
    http,
    type,
    answer: type === 'application/json' ? (JSON.parse(shown) as Tree) : shown,
  };
  return { example, because: tenant.world.trailOf(headers['X-Request-Id']).refusal?.because };
}

function sentIn({ headers = {}, body = '' }: Sending): { type: string; body: Tree } {
  const type = headers['Content-Type'] ?? '';
  return { type, body: type === 'application/json' ? (parsed(String(body)) as Tree) : String(body) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
