import { metadataHandler } from '../console/metadata.ts';
import { asksForOpenApi, openApiHandler } from '../console/openapi.ts';
import type { Answer } from '../contract/answer.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { finishedOf } from '../observe/finished.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Finished } from '../observe/observer.ts';
import { proxyNote } from '../observe/proxy-note.ts';
import type { Received } from '../request/01-transport/received.ts';
import { nameIn } from '../request/02-deployment/locate.ts';
import { bases } from '../request/05-route/resolve.ts';
import { oauthHandler } from '../request/oauth.ts';
import { apiHandler, preflightHandler } from '../request/pipeline.ts';
import type { Trail } from '../request/trail.ts';
import { answerUnreadable, type SurfaceHandler, walk } from '../request/walk.ts';
import type { World } from '../request/world.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface SurfaceParts {
  readonly world: World;
  /** Only with `--sandbox`. */
  readonly sandbox: Sandbox | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly observe: (finished: Finished) => void;
  readonly incidents: Incidents;
  /** Called with every request that is over. */
  readonly witness: ((trail: Trail, answer: Answer) => void) | undefined;
  /** Commands that the start page of a sandbox shows, for the origin at which it is reached. */
  readonly lines: ((origin: string) => readonly string[]) | undefined;
  /** Whether the server can answer API requests now. */
  readonly ready: () => Promise<boolean>;
}

/** What the transport calls. */
export interface Surfaces {
  /** Answers one request. Never rejects. */
  respond(received: Received): Promise<Answer>;
  /** Answers bytes that are no HTTP request. */
  unreadable(reason: string, id: string, reached: { readonly host: string; readonly https: boolean }): Answer;
}

/** Decides which surface answers a request, and records the request when it is over. */
export function createSurfaces(parts: SurfaceParts): Surfaces {
  const { world, sandbox } = parts;
  const noteProxy = proxyNote(parts.log);
  const handlerFor = handlers(parts);

  function over(answer: Answer, trail: Trail): Answer {
    parts.observe(finishedOf(trail, answer));
    reportFailure(parts, trail, answer);
    parts.witness?.(trail, answer);
    sandbox?.witness(trail, answer);
    return trail.fault?.mishap ? { ...answer, mishap: trail.fault.mishap } : answer;
  }

  function answer(received: Received): Promise<Answer> {
    const handler = handlerFor(received);
    return handler instanceof Promise
      ? handler.then((page) => walk(page, received, world, over))
      : walk(handler, received, world, over);
  }

  return Object.freeze<Surfaces>({
    respond: (received) => {
      if (received.distrusted) noteProxy(received.address);
      // A timer answers what did not arrive in time, and a timer does not run at the start of a turn of the event loop.
      if (received.malformed === undefined) world.store.share();
      if (!sandbox) return answer(received);
      return sandbox.owns(received)
        ? walk(sandbox.control, received, world, over)
        : sandbox.attend(received, () => answer(received));
    },
    unreadable: (reason, id, reached) => answerUnreadable({ reason, id, reached }, world, over),
  });
}

/** Counts a `server_error` and raises an incident for it. */
function reportFailure({ metrics, incidents }: SurfaceParts, trail: Trail, answer: Answer): void {
  const { refusal, received } = trail;
  const quiet = refusal?.particulars.quiet;
  if (quiet) metrics.misdirected(quiet);
  else if (answer.status === 'server_error' && refusal) {
    metrics.incident(refusal.because);
    // Overload is counted and logged. Nobody is notified, and the database has enough to do.
    if (refusal.because !== 'store.busy')
      incidents.raise({
        cause: refusal.because,
        requestId: received.id,
        deploymentId: trail.deployment?.id,
        method: received.wrote,
        path: received.path,
        error: trail.thrown ?? refusal.particulars.exact,
      });
  }
}

/** Which surface a request is for, by its path and method. The pages are loaded when the first of them is requested: most callers are programs. */
function handlers(parts: SurfaceParts): (received: Received) => SurfaceHandler | Promise<SurfaceHandler> {
  const token = oauthHandler('token');
  const revoke = oauthHandler('revoke');
  const unknownEndpoint = oauthHandler(undefined);
  let pages: Promise<(received: Received) => SurfaceHandler> | undefined;

  function page(received: Received): Promise<SurfaceHandler> {
    pages ??= pageHandlers(parts);
    return pages.then((handlerFor) => handlerFor(received));
  }

  function oauth(received: Received): SurfaceHandler | Promise<SurfaceHandler> {
    const { method, segments } = received;
    const [last, ...more] = segments.slice(segments[1] === 'v0' ? 2 : 1);
    // A browser is sent to the authorization endpoint; no script may request it across origins (RFC 9700, 2.6).
    if (method === 'OPTIONS' && last !== 'authorize') return preflightHandler;
    if (last === 'authorize' && (more.length === 0 || more.join() === 'pin')) return page(received);
    if (more.length > 0) return unknownEndpoint;
    if (last === 'token') return token;
    return last === 'revoke' ? revoke : unknownEndpoint;
  }

  return (received) => {
    const [first = '', second] = received.segments;
    if (asksForOpenApi(received)) return openApiHandler;
    if (bases.has(first)) return received.method === 'OPTIONS' ? preflightHandler : apiHandler;
    if (first === 'oauth2') return oauth(received);
    if (first === '.well-known' && second === 'oauth-authorization-server') return metadataHandler;
    return page(received);
  };
}

async function pageHandlers({ world, sandbox, lines, ready }: SurfaceParts) {
  const { createPageHandlers } = await import('../console/handlers.ts');
  return createPageHandlers({
    store: world.store,
    catalogue: world.catalogue,
    sandbox: sandbox !== undefined,
    meant: (host) => nameIn(host, world.settings),
    lines: lines ?? (() => []),
    ready,
  });
}
