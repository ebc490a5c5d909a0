import { Buffer } from 'node:buffer';
import type { Ranges } from '../../identity/address.ts';
import { parseBody } from './body.ts';
import { parseForm } from './form.ts';
import { firstRepeated, type ReadParameters, unreadableParameters } from './parameters.ts';
import { identifyPeer, type PeerConnection, validHost } from './peer.ts';
import { readPresentation } from './presentation.ts';
import type { Method, Received, Upload } from './received.ts';
import { requestId } from './request-id.ts';
import { readTarget } from './target.ts';

/** One request as the HTTP parser hands it over. */
export interface Raw {
  readonly method: string;
  /** The request target as sent. */
  readonly url: string;
  /** `'1.0'` or `'1.1'`. */
  readonly version: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** A multipart body, which was read as it arrived. */
  readonly read?: ReadParameters | undefined;
  /** Why the body could not be taken in (too large, too slow); safe for the wire. `body` is empty then. */
  readonly failed?: string | undefined;
  readonly connection: PeerConnection;
  /** Unix milliseconds. */
  readonly at: number;
  /** From the monotonic clock. */
  readonly started: number;
}

export const noBody = Buffer.alloc(0);
const noUploads: ReadonlyMap<string, Upload> = new Map();

/**
 * Reads a request. Never throws or rejects: what cannot be read is noted in `malformed`. How the caller wants the answer is
 * read all the same, as far as possible. A promise only when the body is multipart.
 */
export function receive(raw: Raw, trusted: Ranges): Received | Promise<Received> {
  if (raw.read !== undefined) return compose(raw, trusted, raw.read);
  if (raw.failed !== undefined) return compose(raw, trusted, unreadableParameters(raw.failed));
  const body = parseBody(raw.method, raw.headers, raw.body);
  return body instanceof Promise
    ? body.then((read) => compose(raw, trusted, read))
    : compose(raw, trusted, body);
}

function compose(raw: Raw, trusted: Ranges, body: ReadParameters): Received {
  const { headers, connection } = raw;
  const target = readTarget(raw.url);
  const query = parseForm(target.query, 'the query string');
  const named = target.authority ?? headers.host ?? (raw.version === '1.0' ? connection.local : '');
  const peer = identifyPeer(connection, headers, named, trusted);
  const hostless = peer.host === '' ? 'the Host header is missing or is not a host name' : undefined;
  const { method, wrote } = chooseMethod(raw.method, query, body);
  return {
    id: requestId(headers['x-request-id'], raw.at),
    at: raw.at,
    started: raw.started,
    method,
    wrote,
    head: raw.method === 'HEAD',
    segments: target.segments,
    misaddressed: target.malformed,
    hostless,
    path: target.path,
    https: peer.https,
    // Answers have links to pages of this server, even if the request has no usable host.
    host: peer.host || (validHost(headers.host ?? '') === '' && connection.local) || 'localhost',
    address: peer.address,
    distrusted: peer.distrusted,
    port: connection.remotePort,
    headers,
    query: query.values,
    body: body.values,
    uploads: body.uploads ?? noUploads,
    repeated: firstRepeated(query, body),
    malformed: target.malformed ?? query.malformed ?? body.malformed ?? hostless,
    presentation: readPresentation(target.format, headers, query, body),
  };
}

const methods: ReadonlyMap<string, Method> = new Map([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['POST', 'POST'],
  ['PUT', 'PUT'],
  ['DELETE', 'DELETE'],
  ['OPTIONS', 'OPTIONS'],
]);

const overrides: ReadonlyMap<string, Method> = new Map([
  ['get', 'GET'],
  ['post', 'POST'],
  ['put', 'PUT'],
  ['delete', 'DELETE'],
]);

interface Chosen {
  readonly method: Method | undefined;
  readonly wrote: string;
}

/**
 * `_method` overrides any method but OPTIONS: a browser sends its preflight to the address of the request that is to follow, query and all. A
 * value that is not a method is not ignored, since the caller meant one: the request then has no method.
 */
function chooseMethod(line: string, query: ReadParameters, body: ReadParameters): Chosen {
  if (line === 'OPTIONS') return { method: 'OPTIONS', wrote: line };
  const sent = query.values.get('_method') ?? body.values.get('_method');
  if (sent === undefined) return { method: methods.get(line), wrote: line };
  const wrote = typeof sent === 'object' ? '_method' : String(sent);
  return { method: overrides.get(wrote.toLowerCase()), wrote: wrote.slice(0, 40) };
}
