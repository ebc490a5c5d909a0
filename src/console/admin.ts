import type { Answer } from '../contract/answer.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import { isLoopbackHost } from '../http/hosts.ts';
import { digest, sameSecret } from '../identity/secrets.ts';
import type { Respond, Unreadable } from '../request/01-transport/exchanges.ts';
import type { Received } from '../request/01-transport/received.ts';
import { headerText } from '../request/10-status/headers.ts';

/** One request that operators may make, as data. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without the slash before it. */
  readonly path: string;
  readonly run: (received: Received) => Promise<AdminAnswer>;
}

/** Text unless it has a type. */
export interface AdminAnswer {
  readonly http: number;
  readonly body: string;
  readonly type?: string;
}

export interface AdminOptions {
  readonly routes: readonly AdminRoute[];
  /** The host that it listens on, as configured. */
  readonly host: string;
  /** Has to be sent as a Bearer, where there is one. */
  readonly token: string | undefined;
  /** Told of what a route throws. */
  readonly trouble: (message: string, error: unknown) => void;
  /** Told of who was not let in, and of what changed something: not of scrapes. */
  readonly note: (level: 'warn' | 'info', message: string, fields: AdminNote) => void;
}

export type AdminNote = Readonly<Record<'id' | 'method' | 'path' | 'address', string>> & {
  readonly http: number;
};

interface Admin {
  readonly respond: Respond;
  readonly unreadable: Unreadable;
}

/**
 * What operators ask of the server, on a listener of its own: it names tenants and causes, which the public one tells nobody. On a loopback
 * address the machine is the border, so a page in a browser of that machine must not get through: neither by a name of its own that leads
 * here (DNS rebinding), nor as a request of another origin. Elsewhere a token is the border.
 */
export function createAdmin({ routes, host, token, trouble, note }: AdminOptions): Admin {
  const expected = token === undefined ? undefined : digest(token);
  const guarded = isLoopbackHost(host);

  function problemIn({ host, headers }: Received): Answer | undefined {
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (guarded && !isLoopbackHost(name))
      return problem(403, `this listener is not "${name.slice(0, 100)}": ask by its address`);
    const site = headers['sec-fetch-site'];
    if (headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin'))
      return problem(403, 'pages of a browser are not answered here');
    if (expected === undefined) return undefined;
    const sent = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (sent !== undefined && sameSecret(digest(sent), expected)) return undefined;
    return problem(401, 'the admin token is wanted: Authorization: Bearer …', [
      ['WWW-Authenticate', 'Bearer realm="accord admin"'],
    ]);
  }

  async function answerOf(received: Received): Promise<Answer> {
    const problemFound = problemIn(received);
    if (problemFound) return problemFound;
    const unread = received.malformed ?? received.misaddressed ?? received.hostless;
    if (unread !== undefined) return problem(400, unread);
    // Which of two was meant cannot be known.
    if (received.repeated !== undefined)
      return problem(400, `${received.repeated.slice(0, 60)} is there more than once`);
    // What makes one method of another is for clients that can send no other: an image of a page could.
    if (received.query.has('_method') || received.body.has('_method'))
      return problem(400, '_method is not known here');
    const path = received.segments.join('/');
    const here = routes.filter((route) => route.path === path);
    if (here.length === 0)
      return problem(
        404,
        `there is no such path; there are: ${routes.map((each) => `${each.method} /${each.path}`).join(', ')}`,
      );
    const found = here.find(({ method }) => method === received.method);
    if (!found) return problem(405, `${here.map(({ method }) => method).join(', ')} can be used here`);
    const { http, body, type } = await found.run(received);
    return answer(http, body, { type });
  }

  function tell({ id, wrote, method, path, address }: Received, http: number): void {
    const fields = { id, method: wrote.slice(0, 20), path: path.slice(0, 200), address, http };
    if (http === 401 || http === 403)
      note('warn', 'a request to the listener of operators was refused', fields);
    else if (method !== 'GET' && http < 300) note('info', 'an operator changed something', fields);
  }

  return {
    respond: async (received) => {
      try {
        const answered = await answerOf(received);
        tell(received, answered.http);
        return identified(answered, received.id);
      } catch (error) {
        trouble(`${received.wrote} ${received.path.slice(0, 200)} of an operator failed`, error);
        return identified(problem(500, 'the server failed: see the log'), received.id);
      }
    },
    unreadable: (reason, id) => identified(problem(400, reason), id),
  };
}

interface More {
  readonly type?: string | undefined;
  readonly headers?: Answer['headers'];
}

const statusOf = (http: number): StatusName => {
  if (http >= 500) return 'server_error';
  if (http === 401) return 'invalid_client';
  return http >= 400 ? 'invalid_request' : 'ok';
};

const answer = (http: number, body: string, { type, headers = [] }: More = {}): Answer => ({
  http,
  status: statusOf(http),
  cause: undefined,
  headers: [['Cache-Control', 'no-store'], ['X-Content-Type-Options', 'nosniff'], ...headers],
  type: type ?? 'text/plain; charset=utf-8',
  body,
});

const problem = (http: number, error: string, headers?: Answer['headers']): Answer =>
  answer(http, `${error}\n`, headers === undefined ? {} : { headers });

const identified = (given: Answer, id: string): Answer => ({
  ...given,
  headers: [
    ...given.headers,
    ['X-Status', given.status],
    ['X-Status-Reason', headerText(statuses[given.status].meaning)],
    ['X-Request-Id', id],
  ],
});
