import { StringDecoder } from 'node:string_decoder';
import { catalogueOf, readResources } from '../../catalogue/catalogue.ts';
import type { StatusName } from '../../contract/statuses.ts';
import { readStatus } from '../../http/read-status.ts';
import { parseBody } from '../../request/01-transport/body.ts';
import { parseForm } from '../../request/01-transport/form.ts';
import { readTarget } from '../../request/01-transport/target.ts';
import { buildRoutes, type Routes } from '../../request/05-route/table.ts';
import type { Seen, SeenBody } from '../../runs/recording/compose.ts';
import { isSecretName } from '../../runs/recording/secret-names.ts';
import { needsOf, treeOf } from '../../runs/recording/witness.ts';
import { plainBody, type Tap } from './tap.ts';

/** A request that was passed on, and what came back. */
export interface Passed {
  readonly id: string;
  readonly connection: string;
  readonly began: number;
  readonly ended: number;
  readonly method: string;
  /** The target as sent. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly sent: Tap;
  readonly http: number;
  readonly answered: readonly (readonly [name: string, value: string])[];
  readonly got: Tap;
  /** Why there is no answer of the upstream, or only a part of one. */
  readonly failed: string | undefined;
}

export const loadRoutes = async (): Promise<Routes> => buildRoutes(catalogueOf(await readResources()));

/** Reads what was passed on as the server itself would. */
export async function readPassed(passed: Passed, routes: Routes): Promise<Seen> {
  const { method: wrote, target, headers, answered, http } = passed;
  const { path, query: written, segments } = readTarget(target);
  const query = parseForm(written, 'the query string').values;
  const body = await bodyOf(wrote, headers, passed.sent);
  const flat = Object.fromEntries(answered.map(([name, value]) => [name.toLowerCase(), value]));
  const { text, ...answer } = answerOf(flat, passed.got);
  const override = query.get('_method') ?? body.values.get('_method');
  const readAs = wrote === 'HEAD' ? 'GET' : wrote;
  const method = typeof override === 'string' ? override.toUpperCase() : readAs;
  const found =
    (segments[0] === 'api' || segments[0] === 'public_api') && segments[1] === 'v0'
      ? routes.find(segments.slice(2), method)
      : undefined;
  const route = found && 'route' in found ? found.route : undefined;
  return {
    id: flat['x-request-id'] ?? passed.id,
    connection: passed.connection,
    at: atOf(flat, passed.ended),
    began: passed.began,
    ended: passed.ended,
    method,
    ...(route ? { route: route.id } : {}),
    ...needsOf(route),
    status: passed.failed === undefined ? statusOf(http, flat, text) : 'unanswered',
    ...(flat['x-status-cause'] === undefined ? {} : { cause: flat['x-status-cause'] }),
    path,
    oauth: segments[0] === 'oauth2',
    query,
    headers,
    body: body.seen,
    answer: { http, headers: answered, body: answer },
  };
}

/** The clock of the upstream, where it tells the time and is not as good as ours: a sandbox may have moved it. */
function atOf(headers: Readonly<Record<string, string>>, ended: number): number {
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) || Math.abs(date - ended) < 60_000 ? ended : date;
}

type Values = ReadonlyMap<string, unknown>;

async function bodyOf(
  method: string,
  headers: Passed['headers'],
  sent: Tap,
): Promise<{ readonly seen: SeenBody; readonly values: Values }> {
  const type = headers['content-type'] ?? '';
  const whole = sent.whole();
  const seen = { type, bytes: sent.bytes };
  // A file is not to be looked into.
  if (sent.bytes === 0 || !whole || /^multipart\//i.test(type))
    return { seen: { ...seen, raw: whole?.toString('latin1') }, values: new Map() };
  const { values, malformed } = await parseBody(method, headers, whole);
  if (malformed !== undefined || values.size === 0)
    return { seen: { ...seen, raw: whole.toString('latin1') }, values: new Map() };
  return { seen: { ...seen, tree: Object.fromEntries(values) }, values };
}

function answerOf(headers: Readonly<Record<string, string>>, got: Tap): SeenBody & { readonly text: string } {
  const type = headers['content-type'] ?? '';
  const whole = got.whole();
  const plain = whole && plainBody(whole, headers['content-encoding']);
  const bytes = got.bytes;
  if (!plain) return { type, bytes, text: '' };
  const text = new StringDecoder('utf8').end(plain);
  return { type, bytes, ...treeOf(type, text), text };
}

/** By the body or the headers; where neither says, as a body in XML, by the HTTP code. */
function statusOf(http: number, headers: Readonly<Record<string, string>>, text: string): string {
  const { status } = readStatus({ http, headers, text });
  const inXml = /<meta[^>]*>[\s\S]*?<status(?:\s[^>]*)?>([a-z_]{1,40})<\/status>/.exec(text)?.[1];
  if (status === 'ok' && inXml !== undefined && !isSecretName(inXml)) return inXml;
  if (!status.startsWith('HTTP ')) return status;
  return inXml ?? byCode[http] ?? (http >= 500 ? 'server_error' : 'invalid_request');
}

const byCode: Readonly<Record<number, StatusName | undefined>> = Object.freeze({
  401: 'invalid_client',
  403: 'invalid_permission',
  429: 'too_many_requests',
});
