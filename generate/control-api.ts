import { createDeployment } from '../src/identity/deployments.ts';
import { readConfig } from '../src/server/config.ts';
import { type Server, startServer } from '../src/server/server.ts';

const token = 'sandbox-token-0123456789';

/** What is asked in the examples, one after the other. */
const examples: readonly (readonly [
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
])[] = [
  ['POST', 'clock', { set: '2027-01-31T12:00:00Z', freeze: 1 }],
  ['POST', 'faults', { on: 'POST /companies', nth: 3, cause: 'name.taken' }],
  ['POST', 'faults', { cause: 'window.exhausted', retry_after: 7, times: 1 }],
  ['GET', 'faults/f1'],
  ['POST', 'runs', { name: 'example' }],
  ['POST', 'snapshots', { name: 'example' }],
  ['DELETE', 'faults'],
  ['DELETE', 'clock'],
  ['POST', 'faults', { cause: 'name.taken', retry_after: 7 }],
];

/** The moment at which the page was made is of no interest. */
const lasting = (text: string): string =>
  text.trim().replaceAll(/"(started|date_created|now|iso)":("[^"]+"|\d+)/g, '"$1":…');

/** A request as it is sent with curl, and what the server answers. */
async function exampleOf(
  { port }: Server,
  [method, path, body]: (typeof examples)[number],
): Promise<readonly string[]> {
  const below = `sandbox/v0/deployments/planet-express/${path}`;
  const json = body && JSON.stringify(body);
  const answer = await fetch(`http://127.0.0.1:${port}/${below}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(json ? { 'Content-Type': 'application/json' } : {}) },
    ...(json ? { body: json } : {}),
  });
  const sent = json ? ` -H 'Content-Type: application/json' -d '${json}'` : '';
  const how = method === 'GET' || (json && method === 'POST') ? '' : ` -X ${method}`;
  return [
    `\`\`\`sh\ncurl -s${how} -H "Authorization: Bearer $TOKEN"${sent} http://localhost:4280/${below}\n\`\`\``,
    `\`\`\`text\n${lasting(await answer.text())}\n\`\`\``,
  ];
}

/** Every request of the control API, as a sandbox says it itself. `generated`: what the page begins with. */
export async function controlPage(generated: string): Promise<string> {
  const flags = { sandbox: true, port: '0', data: ':memory:', 'log-level': 'silent', 'sandbox-token': token };
  const server = await startServer(readConfig(flags, {}));
  try {
    const rows = (server.sandbox?.routes ?? []).map(
      ({ method, path, says }) => `| ${method} \`${path}\` | ${says.replaceAll('|', '\\|')} |`,
    );
    await server.world.store.ready;
    await createDeployment(server.world.store, { name: 'planet-express', title: 'Planet Express' }, 0);
    const shown: string[] = [];
    for (const example of examples) shown.push(...(await exampleOf(server, example)));
    return `${[
      generated,
      '# The control API of a sandbox',
      '[sandbox.md](../guides/sandbox.md) explains the terms. Send parameters as JSON, as a form, or in the query.',
      ['| request, below `/sandbox/v0/` | what it does |', '|--|--|', ...rows].join('\n'),
      '## Examples',
      'The deployment is `planet-express`. The token is in `sandbox.json`, in the data folder. The last request is refused with 400.',
      '```sh\nexport TOKEN=$(node -p \'JSON.parse(fs.readFileSync("data/sandbox.json")).token\')\n```',
      ...shown,
      "In a test, `sandbox.fault({ cause: 'window.exhausted', retryAfter: 7 })` does the same, and `sandbox.control(method, path, body)` sends any of these requests ([testing.md](../guides/testing.md)).",
    ].join('\n\n')}\n`;
  } finally {
    await server.close();
  }
}
