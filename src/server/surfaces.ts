import { answerAccount, asksForAccount } from '../console/account/account.ts';
import { answerAuthorize } from '../console/authorize.ts';
import { answerMetadata } from '../console/metadata.ts';
import { answerOpenApi, asksForOpenApi } from '../console/openapi.ts';
import { answerPinPage } from '../console/pin-page.ts';
import { answerPage } from '../console/public-pages.ts';
import type { Answer } from '../contract/answer.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { finishedOf } from '../observe/finished.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Finished } from '../observe/observer.ts';
import { proxyNote } from '../observe/proxy-note.ts';
import type { Received } from '../request/01-transport/received.ts';
import { writeXml } from '../request/01-transport/xml.ts';
import { writeYaml } from '../request/01-transport/yaml.ts';
import { nameIn } from '../request/02-deployment/locate.ts';
import { bases } from '../request/05-route/resolve.ts';
import {
  answerApi,
  answerOAuth,
  answerPreflight,
  answerUnreadable,
  type Concluded,
} from '../request/pipeline.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const writers = Object.freeze({ xml: writeXml, yaml: writeYaml });

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

  function over({ answer, trail }: Concluded): Answer {
    parts.observe(finishedOf(trail, answer));
    reportFailure(parts, trail, answer);
    parts.witness?.(trail, answer);
    sandbox?.witness(trail, answer);
    return trail.fault?.mishap ? { ...answer, mishap: trail.fault.mishap } : answer;
  }

  async function answer(received: Received): Promise<Answer> {
    return over(await surfaceAnswer(received, parts));
  }

  return Object.freeze<Surfaces>({
    respond: (received) => {
      if (received.distrusted) noteProxy(received.address);
      // A timer answers what did not arrive in time, and a timer does not run at the start of a turn of the event loop.
      if (received.malformed === undefined) world.store.share();
      if (!sandbox) return answer(received);
      return sandbox.owns(received)
        ? sandbox.control(received).then(over)
        : sandbox.attend(received, () => answer(received));
    },
    unreadable: (reason, id, reached) => over(answerUnreadable(reason, id, world.clock, reached)),
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

function surfaceAnswer(received: Received, parts: SurfaceParts): Concluded | Promise<Concluded> {
  const { world } = parts;
  const [first = '', second] = received.segments;
  if (asksForOpenApi(received)) return answerOpenApi(received, world.catalogue);
  if (bases.has(first)) {
    return received.method === 'OPTIONS'
      ? answerPreflight(received, world, writers)
      : answerApi(received, world, writers);
  }
  if (first === 'oauth2') return oauthAnswer(received, world);
  if (asksForAccount(received)) return answerAccount(received, world);
  if (first === '.well-known' && second === 'oauth-authorization-server')
    return answerMetadata(received, world);
  return answerPage(received, {
    store: world.store,
    catalogue: world.catalogue,
    sandbox: parts.sandbox !== undefined,
    meant: (host) => nameIn(host, world.settings),
    lines: parts.lines ?? (() => []),
    ready: parts.ready,
  });
}

function oauthAnswer(received: Received, world: World): Promise<Concluded> {
  const [last, ...more] = received.segments.slice(received.segments[1] === 'v0' ? 2 : 1);
  const endpoint = more.length === 0 ? last : undefined;
  // A browser is sent to the authorization endpoint; no script may request it across origins (RFC 9700, 2.6).
  if (received.method === 'OPTIONS' && last !== 'authorize') return answerPreflight(received, world, writers);
  if (endpoint === 'authorize') return answerAuthorize(received, world);
  if (last === 'authorize' && more.length === 1 && more[0] === 'pin') return answerPinPage(received, world);
  return answerOAuth(received, endpoint === 'token' || endpoint === 'revoke' ? endpoint : undefined, world);
}
