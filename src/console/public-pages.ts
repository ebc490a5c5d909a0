import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Answer } from '../contract/answer.ts';
import { causes } from '../contract/causes.ts';
import { refuse } from '../contract/refuse.ts';
import { statuses } from '../contract/statuses.ts';
import { listDeployments } from '../identity/deployments.ts';
import type { Received } from '../request/01-transport/received.ts';
import { headerText } from '../request/10-status/headers.ts';
import { enter, type PublicHandler } from '../request/walk.ts';
import type { Store } from '../store/store.ts';
import { failurePage } from './pages/failure.ts';
import { startPage } from './pages/home.ts';
import { notFoundPage } from './pages/not-found.ts';
import { referencePage } from './pages/reference.ts';
import { referenceGroupPage } from './pages/reference-group.ts';
import { statusCodesPage } from './pages/status-codes.ts';
import { referenceGroups } from './reference.ts';
import { page } from './respond.ts';
import { version } from './version.ts';

export interface PublicPages {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly sandbox: boolean;
  /** The name of the deployment that a host means. */
  readonly meant: (host: string) => string | undefined;
  /** Commands for the start page, of the server as it is reached at an origin. */
  readonly lines: (origin: string) => readonly string[];
  /** Whether requests can be served; why not is for operators. */
  readonly ready: () => Promise<boolean>;
}

/** Every path that is neither the API nor OAuth: the start page, the status codes, the reference and health. These name no deployment. */
export const pagesHandler = (parts: PublicPages): PublicHandler => ({
  public: true,
  answer: async (received, trail) => {
    const reading = received.method === 'GET' && received.malformed === undefined;
    const answer = reading ? await pageFor(received, parts) : undefined;
    if (!answer) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    enter(trail, 'status');
    return identified(answer, received, statuses[answer.status].meaning);
  },
  refused: (refusal, { received }) => {
    const { because: cause, status } = refusal;
    const message = refusal.messageFor(received.id);
    const answer =
      cause === 'resource.unknown'
        ? page(404, notFoundPage({ path: received.path, requestId: received.id }), { cause })
        : page(statuses[status].http, failurePage({ message, requestId: received.id, status }), { cause });
    return identified(answer, received, message);
  },
});

async function pageFor({ segments, host, https }: Received, parts: PublicPages): Promise<Answer | undefined> {
  const [first, second] = segments;
  if (segments.length === 0 || (segments.length === 1 && first === '')) {
    return page(
      200,
      startPage({
        version,
        sandbox: parts.sandbox,
        ...(await shownAtHome(parts, https ? 'https' : 'http', host)),
      }),
    );
  }
  if (first === 'docs' && second === 'status-codes' && segments.length === 2)
    return page(200, statusCodesPage({ statuses, causes }));
  if (first === 'docs' && second === 'reference') return referenceAnswer(segments.slice(2), parts.catalogue);
  if (segments.length !== 1) return undefined;
  if (first === 'healthz') return plain(200, 'ok\n');
  if (first === 'readyz') {
    if (await parts.ready()) return plain(200, 'ready\n');
    // 503, not the status's own code: what balances load reads no other.
    return { ...plain(503, 'not ready\n'), status: 'server_error', cause: 'store.unreachable' };
  }
  return undefined;
}

/** All requests, or those of one group. */
async function referenceAnswer(
  [name, ...more]: readonly string[],
  catalogue: Catalogue,
): Promise<Answer | undefined> {
  const groups = await referenceGroups(catalogue);
  if (name === undefined) return page(200, referencePage({ groups }));
  const group = groups.find((each) => each.name === name);
  return group && more.length === 0 ? page(200, referenceGroupPage(group)) : undefined;
}

/** A sandbox shows where its deployments are; a production server does not tell its tenants to everyone. */
async function shownAtHome({ store, sandbox, meant, lines }: PublicPages, scheme: string, host: string) {
  if (!sandbox) return { deployments: [], lines: [] };
  const here = meant(host);
  const known = store.isReady() ? await listDeployments(store) : [];
  const deployments = known.map(({ name, title }) => {
    const origin = `${scheme}://${name === here ? host : hostOf(name, host)}`;
    const titled = title === name ? name : `${title} (${name})`;
    return { title: titled, base: `${origin}/api/v0`, account: `${origin}/account` };
  });
  // Lines are for a shell: nothing goes into one that no host has.
  return { deployments, lines: /^[\w.:[\]-]+$/.test(host) ? lines(`${scheme}://${host}`) : [] };
}

/** Where another deployment of the server is reached that was reached at `host`. */
function hostOf(deployment: string, host: string): string {
  const [, second, ...rest] = host.split('.');
  if (second === 'api') return [deployment, second, ...rest].join('.');
  const port = /:\d+$/.exec(host)?.[0] ?? '';
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host);
  return `${deployment}.api.${loopback ? `localhost${port}` : host}`;
}

const plain = (http: number, body: string): Answer => ({
  http,
  status: 'ok',
  cause: undefined,
  headers: [['Cache-Control', 'no-store']],
  type: 'text/plain; charset=utf-8',
  body,
});

const identified = (answer: Answer, { id }: Received, reason: string): Answer => ({
  ...answer,
  headers: [
    ...answer.headers,
    ['X-Status', answer.status],
    ['X-Status-Reason', headerText(reason)],
    ['X-Request-Id', id],
  ],
});
