import type { Answer } from '../../contract/answer.ts';
import { printScope } from '../../identity/scope.ts';
import type { Route } from '../../request/05-route/table.ts';
import type { Trail } from '../../request/trail.ts';
import { readLimit, type Seen, type SeenBody } from './compose.ts';

/** What the pipeline knows of a request that is over. `at`: unix milliseconds by the deployment's clock. */
export function seenOf({ received, route, caller }: Trail, answer: Answer, at: number): Seen {
  const { address, port, started } = received;
  return {
    id: received.id,
    ...(port === undefined ? {} : { connection: `${address} ${port}` }),
    at,
    began: received.at,
    ended: received.at + Math.max(0, Math.round(performance.now() - started)),
    method: received.method ?? received.wrote,
    path: received.path,
    // The forms of an account carry secrets under other names than those of the OAuth endpoints.
    oauth: ['oauth2', 'account'].includes(received.segments[0] ?? ''),
    query: received.query,
    headers: received.headers,
    body: bodyIn(received.body, received.uploads, received.headers),
    ...(route === undefined ? {} : { route: route.id }),
    ...needsOf(route),
    ...(caller === undefined ? {} : { scope: printScope(caller.scope) }),
    status: answer.status,
    ...(answer.cause === undefined ? {} : { cause: answer.cause }),
    answer: {
      http: answer.http,
      headers: answer.headers,
      body: answered(answer),
    },
  };
}

/** What a scope has to allow for a request of this row. */
export function needsOf(route: Route | undefined): Pick<Seen, 'needs'> {
  if (!route || route.row.unscoped) return {};
  const { row, owner, answered } = route;
  if (row.method !== 'GET') return { needs: { verb: 'write', resources: [owner.scope] } };
  const names = row.governed === 'owner' ? [owner.scope] : [answered.scope, owner.scope];
  return { needs: { verb: 'read', resources: [...new Set(names)] } };
}

function bodyIn(
  body: Trail['received']['body'],
  uploads: Trail['received']['uploads'],
  headers: Trail['received']['headers'],
): SeenBody {
  const type = headers['content-type'] ?? '';
  const tree = {
    ...Object.fromEntries(body),
    ...Object.fromEntries(
      [...uploads].map(([name, { filename, mimetype }]) => [name, { filename, mimetype }]),
    ),
  };
  const read = body.size > 0 || uploads.size > 0;
  const announced = Number(headers['content-length']);
  const isKnown = Number.isSafeInteger(announced) && announced >= 0;
  const counted = read && !isKnown ? JSON.stringify(tree).length : 0;
  return { type, bytes: isKnown ? announced : counted, ...(read ? { tree } : {}) };
}

function answered({ type, body }: Answer): SeenBody {
  if (typeof body === 'object' && 'length' in body && !(body instanceof Uint8Array))
    return { type, bytes: body.length };
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (bytes > readLimit) return { type, bytes };
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return { type, bytes, ...treeOf(type, text) };
}

/** JSON read; of anything else the text, to tell one from another. */
export function treeOf(type: string, text: string): { readonly tree: unknown } | { readonly raw: string } {
  if (!/^(application|text)\/(\w+\+)?json\b/i.test(type) || isDeep(text)) return { raw: text };
  try {
    return { tree: JSON.parse(text) as unknown };
  } catch {
    return { raw: text };
  }
}

const deepest = 200;

/** Whether JSON is nested more deeply than can be walked without care. */
function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 91 || code === 123) {
      if (++depth > deepest) return true;
    } else if (code === 93 || code === 125) depth--;
  }
  return false;
}
