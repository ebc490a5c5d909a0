import type { Exchange, Given, RecordedBody } from './exchange.ts';
import { credentialsIn, marked, type Redactor } from './redact.ts';
import { isSecretName } from './secret-names.ts';
import { plainly, secretsInUrl } from './secrets-in-url.ts';

/** Characters of a body that are kept. */
export const bodyLimit = 16_384;
/** Bytes: of longer answers nothing is looked at. */
export const readLimit = 1_048_576;

/** A request that is over, with everything in it. Never kept. */
export interface Seen
  extends Pick<
    Exchange,
    | 'id'
    | 'connection'
    | 'at'
    | 'began'
    | 'ended'
    | 'method'
    | 'route'
    | 'needs'
    | 'scope'
    | 'status'
    | 'cause'
  > {
  /** As sent, without the query. */
  readonly path: string;
  readonly oauth: boolean;
  readonly query: ReadonlyMap<string, unknown>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: SeenBody;
  readonly answer: {
    readonly http: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: SeenBody;
  };
}

export interface SeenBody {
  readonly type: string;
  readonly bytes: number;
  /** What could be read of it; absent: not JSON, not a form, or too long. */
  readonly tree?: unknown;
  /** What tells one body from another where there is no tree. */
  readonly raw?: string | undefined;
}

/** What is recorded of it. */
export function compose(seen: Seen, redactor: Redactor): Exchange {
  const { oauth, query, headers, body, answer, path, id } = seen;
  const sent = credentialsIn(headers.authorization ?? '');
  const fields = fieldsOf(body.tree);
  // Headers and bodies first: what they name as secret is then known in the URL too.
  const recorded = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[redactor.text(name), redactor.header(name, value)]],
    ),
  );
  const asked = recordBody(body, oauth, redactor);
  const given = oauth ? givenIn(answer.body.tree, redactor) : undefined;
  const answered = recordBody(answer.body, oauth, redactor);
  const { content, count } = contentOf(answer.body);
  const basic = sent.scheme.toLowerCase() === 'basic' ? sent.id : undefined;
  const client = basic || textOf(fields.client_id);
  const { connection, route, needs, scope, cause } = seen;
  return {
    id: longToken.test(id) ? marked(redactor.print(id)) : redactor.text(id),
    ...(connection === undefined ? {} : { connection }),
    at: seen.at,
    began: seen.began,
    ended: seen.ended,
    method: seen.method.slice(0, 20),
    path: pathOf(path, redactor),
    query: Object.fromEntries(
      [...query].map(([name, value]) => [redactor.text(name), clipped(redactor.value(name, value, oauth))]),
    ),
    headers: recorded,
    body: asked,
    request: redactor.print(
      JSON.stringify([seen.method, path, [...query], body.tree ?? null, body.raw ?? null, body.bytes]),
    ),
    ...(sent.scheme.toLowerCase() === 'bearer' ? { token: redactor.print(sent.secret) } : {}),
    ...(oauth && client !== undefined ? { client: redactor.text(client).slice(0, 200) } : {}),
    parameters: parametersOf(query, fields, oauth, redactor),
    inUrl: secretsInUrl(path, query, oauth, redactor),
    ...(route === undefined ? {} : { route }),
    ...(needs === undefined ? {} : { needs }),
    ...(scope === undefined ? {} : { scope }),
    answer: {
      http: answer.http,
      headers: Object.fromEntries(
        answer.headers.map(([name, value]) => [
          redactor.text(name.toLowerCase()),
          redactor.header(name.toLowerCase(), value),
        ]),
      ),
      body: answered,
      content: redactor.print(content),
      ...(count === undefined ? {} : { count }),
      ...(given === undefined ? {} : { given }),
    },
    status: redactor.text(seen.status),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Longer than any id that people or libraries make up. */
const longToken = /^(?=.*\d)(?=.*[A-Za-z]).{37,}$/;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const fieldsOf = (tree: unknown): Readonly<Record<string, unknown>> =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree) ? (tree as Record<string, unknown>) : {};

/** Characters of one value that is recorded. */
const valueCharactersMax = 2_000;

function clipped(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, valueCharactersMax);
  return JSON.stringify(value).length > valueCharactersMax ? '[long]' : value;
}

function recordBody({ type, bytes, tree }: SeenBody, oauth: boolean, redactor: Redactor): RecordedBody {
  const media = redactor.text((type.split(';')[0] ?? '').trim().toLowerCase().slice(0, 100));
  if (bytes === 0) return { type: media, bytes };
  if (tree === undefined)
    return {
      type: media,
      bytes,
      left: bytes > readLimit ? 'longer than is read' : 'neither JSON nor a form',
    };
  const text = JSON.stringify(redactor.value('', tree, oauth));
  if (text.length <= bodyLimit) return { type: media, bytes, text };
  return {
    type: media,
    bytes,
    text: text.slice(0, bodyLimit),
    left: `only the first ${bodyLimit} characters`,
  };
}

/** Segment by segment, so that an encoded secret is known too. */
function pathOf(path: string, redactor: Redactor): string {
  return path
    .split('/')
    .map((segment) => redactor.text(plainly(segment)).replaceAll('?', '%3F'))
    .join('/')
    .slice(0, 2_000);
}

/** Of those that begin with `_`; there are far fewer that mean something. */
const parametersMax = 50;

function parametersOf(
  query: ReadonlyMap<string, unknown>,
  fields: Readonly<Record<string, unknown>>,
  oauth: boolean,
  redactor: Redactor,
): Exchange['parameters'] {
  const out: Record<string, string> = {};
  let room = parametersMax;
  for (const [name, value] of [...query, ...Object.entries(fields)]) {
    if (typeof value === 'object') continue;
    if (oauth && ['code', 'refresh_token', 'username'].includes(name))
      out[name] = redactor.print(String(value));
    else if (oauth && ['grant_type', 'scope'].includes(name))
      out[name] = redactor.text(String(value)).slice(0, 2_000);
    else if (/^_[a-z_]{1,40}$/.test(name) && !isSecretName(name) && room-- > 0)
      out[name] = redactor.text(String(value)).slice(0, 2_000);
  }
  return out;
}

function givenIn(tree: unknown, redactor: Redactor): Given | undefined {
  const { access_token, refresh_token, expires_in, scope } = fieldsOf(tree);
  if (typeof access_token !== 'string') return undefined;
  const lifetime = Number(expires_in);
  return {
    access: redactor.print(access_token),
    ...(typeof refresh_token === 'string' ? { refresh: redactor.print(refresh_token) } : {}),
    ...(lifetime > 0 ? { lifetime } : {}),
    ...(typeof scope === 'string' ? { scope: redactor.text(scope).slice(0, 2_000) } : {}),
  };
}

function contentOf({ tree, raw = '', bytes }: SeenBody): { content: string; count?: number } {
  if (tree === undefined) return { content: `${bytes} ${raw}` };
  const { response = tree } = fieldsOf(tree);
  const content = JSON.stringify(response);
  return Array.isArray(response) ? { content, count: response.length } : { content };
}
