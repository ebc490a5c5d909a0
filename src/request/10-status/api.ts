import type { Answer, Tree } from '../../contract/answer.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import type { Represented } from '../09-representation/represent.ts';
import type { Trail } from '../trail.ts';
import { fileAnswer } from './file.ts';
import { headersOf } from './headers.ts';
import { wordFor } from './word.ts';

/** The writers of the formats belong to the transport; the envelope takes them as an argument. */
export interface Writers {
  xml(tree: Tree): string | Promise<string>;
  yaml(tree: Tree): string | Promise<string>;
}

const types = Object.freeze({
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  yaml: 'application/yaml; charset=utf-8',
});

type Enveloped = Exclude<Represented, { readonly file: unknown }>;

const nothing: Enveloped = Object.freeze({ json: 'null' });

/**
 * The envelope of resources: `{"meta": {status, message, more_info}, "response": …}`, less what the caller suppressed. The status is always
 * recoverable: from `meta`, from `X-Status`, and, when `meta` is suppressed, from the HTTP code too.
 */
export function concludeApi(
  trail: Trail,
  represented: Represented | undefined,
  writers: Writers,
  tellCause: boolean,
): Answer | Promise<Answer> {
  if (represented && 'file' in represented) return fileAnswer(frameOf(trail, tellCause), represented.file);
  const { format } = trail.received.presentation;
  return format === 'json'
    ? concludeJson(trail, represented, tellCause)
    : concludeTree(trail, represented ?? nothing, writers[format], types[format], tellCause);
}

async function concludeTree(
  trail: Trail,
  response: Enveloped,
  write: Writers['xml'],
  type: string,
  tellCause: boolean,
): Promise<Answer> {
  const { meta, ...frame } = frameOf(trail, tellCause);
  const tree = 'tree' in response ? response.tree : (JSON.parse(response.json) as Tree);
  const { suppressMeta } = trail.received.presentation;
  const body = await write(suppressMeta ? { response: tree } : { meta, response: tree });
  return { ...frame, type, body };
}

/** The same in JSON, which needs no writer that is loaded first. */
export function concludeJson(trail: Trail, represented: Enveloped | undefined, tellCause: boolean): Answer {
  const { http, status, cause, headers, meta } = frameOf(trail, tellCause);
  const response = represented ?? nothing;
  const json = 'json' in response ? response.json : JSON.stringify(response.tree);
  const { suppressMeta } = trail.received.presentation;
  const body = suppressMeta ? `{"response":${json}}` : `{"meta":${JSON.stringify(meta)},"response":${json}}`;
  return { http, status, cause, headers, type: types.json, body };
}

type Frame = Omit<Answer, 'type' | 'body'> & { readonly meta: Tree };

function frameOf(trail: Trail, tellCause: boolean): Frame {
  const { received, refusal, deployment } = trail;
  const status: StatusName = refusal?.status ?? 'ok';
  const { http: real, meaning } = statuses[status];
  const message = refusal?.messageFor(received.id) ?? meaning;
  const word = wordFor(status, refusal?.because, deployment?.statuses);
  const { suppressHttpStatus, suppressMessage, suppressMeta } = received.presentation;
  const headers = headersOf(trail, word, reasonFor(refusal?.because, message), tellCause);
  if (status === 'invalid_client') headers.push(['WWW-Authenticate', challengeFor(refusal?.because)]);
  const meta: Record<string, Tree> = { status: word };
  if (suppressHttpStatus) meta.response_code = real;
  if (!suppressMessage) {
    meta.message = message;
    meta.more_info = `${received.https ? 'https' : 'http'}://${received.host}/docs/status-codes#${status}`;
  }
  return {
    http: suppressHttpStatus && !suppressMeta ? 200 : real,
    status,
    cause: refusal?.because,
    headers,
    meta,
  };
}

// Recorded from the hosted service for every bad token; a client in the field compares this text. Whether the token or its person has
// ended is not told.
const recorded = 'Could not authorize your access (B: No token found)';

const reasonFor = (because: string | undefined, message: string): string =>
  because?.startsWith('token.') || because === 'user.invalid' ? recorded : message;

// RFC 6750 3.1: no error code when no credentials were sent.
const challengeFor = (because: string | undefined): string =>
  because === 'token.missing' ? 'Bearer realm="accord"' : 'Bearer realm="accord", error="invalid_token"';
