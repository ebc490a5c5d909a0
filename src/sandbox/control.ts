import type { Answer } from '../contract/answer.ts';
import { ControlError } from '../contract/control-error.ts';
import type { StatusName } from '../contract/statuses.ts';
import { digest, sameSecret } from '../identity/secrets.ts';
import type { Received } from '../request/01-transport/received.ts';
import { enter, type PublicHandler } from '../request/walk.ts';
import type { World } from '../request/world.ts';
import { type ControlRoute, ControlText } from './control-route.ts';

/** The first segments of every path of the control API. */
export const controlBase = Object.freeze(['sandbox', 'v0']);

export const asksForControl = ({ segments }: Received): boolean => segments[0] === controlBase[0];

const nobody = Object.freeze({
  id: 0,
  name: '',
  title: '',
  disabled: false,
  statuses: 'older',
  currency: '$',
  timezone: 'UTC',
} as const);

/**
 * The control API of a sandbox: `/sandbox/v0/…` on any host, with the sandbox's own token as a Bearer. It is not part of the API that the
 * server speaks: it is neither metered nor kept in the request log, answers plain JSON, and an error is `{"error": "…"}`.
 */
export function createControl(routes: readonly ControlRoute[], token: string): PublicHandler {
  const expected = digest(token);

  async function control(received: Received, { directory }: World): Promise<Answer> {
    const sent = /^Bearer +(\S+)$/i.exec(received.headers.authorization ?? '')?.[1];
    if (sent === undefined || !sameSecret(digest(sent), expected))
      return problem(
        401,
        'this needs the sandbox token, which is not an API token: Authorization: Bearer …',
        [['WWW-Authenticate', 'Bearer realm="accord sandbox"']],
      );
    // A browser that was lured here has no token. Callers that have one send JSON or a form.
    const unread = received.malformed ?? received.misaddressed;
    if (unread !== undefined) return problem(400, unread);
    if (received.repeated !== undefined) return problem(400, `${received.repeated} was sent more than once`);
    const segments = received.segments.slice(2).filter((segment) => segment !== '');
    const here =
      received.segments[1] === controlBase[1]
        ? routes.flatMap((route) => {
            const names = namesIn(route.path, segments);
            return names ? [{ route, names }] : [];
          })
        : [];
    if (here.length === 0)
      return problem(404, `there is no such path; there are: ${routes.map(pathOf).join(', ')}`);
    const found = here.find(({ route }) => route.method === received.method);
    if (!found) return problem(405, `${here.map(({ route }) => route.method).join(', ')} can be used here`);
    const { route, names } = found;
    const deployment = names.deployment === undefined ? nobody : await directory(names.deployment);
    if (!deployment) return problem(404, `there is no deployment named ${names.deployment}`);
    const values = new Map([...received.query, ...received.body]);
    const origin = `${received.https ? 'https' : 'http'}://${received.host}`;
    const said = await route.run({ deployment, names, values, origin });
    return said instanceof ControlText
      ? answer(200, said.type, said.text)
      : answer(200, json, `${JSON.stringify(said)}\n`);
  }

  return {
    public: true,
    answer: async (received, trail, world) => {
      enter(trail, 'operation');
      const answered = await control(received, world);
      enter(trail, 'status');
      return answered;
    },
    problem: (error) => (error instanceof ControlError ? problem(error.http, error.message) : undefined),
    refused: (_, { received: { id } }) => ({
      ...problem(500, `something went wrong in the server: see the log for request ${id}`),
      status: 'server_error',
    }),
  };
}

const json = 'application/json; charset=utf-8';

const pathOf = ({ method, path }: ControlRoute): string => `${method} /${controlBase.join('/')}/${path}`;

function statusOf(http: number): StatusName {
  if (http === 200) return 'ok';
  return http === 401 ? 'invalid_client' : 'invalid_request';
}

function answer(http: number, type: string, body: string, headers: Answer['headers'] = []): Answer {
  return {
    http,
    status: statusOf(http),
    cause: undefined,
    headers: [['Cache-Control', 'no-store'], ['X-Content-Type-Options', 'nosniff'], ...headers],
    type,
    body,
  };
}

const problem = (http: number, error: string, headers?: Answer['headers']): Answer =>
  answer(http, json, `${JSON.stringify({ error })}\n`, headers);

/** What a path has for the names of a pattern; `undefined` when it is another path. */
function namesIn(pattern: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const parts = pattern.split('/');
  if (parts.length !== segments.length) return undefined;
  const names: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const segment = segments[i] ?? '';
    if (part.startsWith('{')) names[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return names;
}
