import type { Answer, Format, Tree } from '../../contract/answer.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import { jsonType, writeJson } from '../01-transport/json.ts';
import { writeXml, xmlType } from '../01-transport/xml.ts';
import { writeYaml, yamlType } from '../01-transport/yaml.ts';
import type { Represented } from '../09-representation/represent.ts';
import type { Trail } from '../trail.ts';
import { fileAnswer } from './file.ts';
import { headersOf } from './headers.ts';
import { wordFor } from './word.ts';

const writers: Readonly<Record<Format, { readonly type: string; readonly write: (tree: Tree) => string }>> =
  Object.freeze({
    json: { type: jsonType, write: writeJson },
    xml: { type: xmlType, write: writeXml },
    yaml: { type: yamlType, write: writeYaml },
  });

/**
 * The envelope of resources: `{"meta": {status, message, more_info}, "response": …}`, less what the caller suppressed. The status is always
 * recoverable: from `meta`, from `X-Status`, and, when `meta` is suppressed, from the HTTP code too. A refusal has no `represented`.
 */
export function concludeApi(trail: Trail, represented: Represented | undefined, tellCause: boolean): Answer {
  const { http, status, cause, headers, meta } = frameOf(trail, tellCause);
  if (represented && 'file' in represented)
    return fileAnswer({ http, status, cause, headers }, represented.file);
  const { format, suppressMeta } = trail.received.presentation;
  const response = represented?.tree ?? null;
  const { type, write } = writers[format];
  const body = write(suppressMeta ? { response } : { meta, response });
  return { http, status, cause, headers, type, body };
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

// Recorded from the hosted service for every bad token. Clients compare this text. It does not say whether the token or its person is invalid.
const recordedReason = 'Could not authorize your access (B: No token found)';

const reasonFor = (because: string | undefined, message: string): string =>
  because?.startsWith('token.') || because === 'user.invalid' ? recordedReason : message;

// RFC 6750 3.1: no error code when no credentials were sent.
const challengeFor = (because: string | undefined): string =>
  because === 'token.missing' ? 'Bearer realm="accord"' : 'Bearer realm="accord", error="invalid_token"';
