import type { Answer, Tree } from '../../contract/answer.ts';
import { statuses } from '../../contract/statuses.ts';
import { jsonOf } from '../09-representation/lasting.ts';
import type { Trail } from '../trail.ts';
import { headersOf } from './headers.ts';
import { wordFor } from './word.ts';

/** Answers of the OAuth endpoints (RFC 6749 5): the token itself, or `{error, error_description, error_uri}`. */
export function concludeOAuth(trail: Trail, tree: Tree | undefined, tellCause: boolean): Answer {
  const { received, refusal } = trail;
  if (!refusal) {
    const headers = [
      ...headersOf(trail, 'ok', statuses.ok.meaning, tellCause),
      ['Pragma', 'no-cache'] as const,
    ];
    return { http: 200, status: 'ok', cause: undefined, headers, type, body: jsonOf(tree ?? null) };
  }
  const { because, status } = refusal;
  const message = refusal.messageFor(received.id);
  const word = wordFor(status, because, trail.deployment?.statuses);
  const headers = headersOf(trail, word, message, tellCause);
  if (statuses[status].http === 401)
    headers.push(['WWW-Authenticate', 'Basic realm="accord", charset="UTF-8"']);
  const more = `${received.https ? 'https' : 'http'}://${received.host}/docs/status-codes#${status}`;
  const body = JSON.stringify({ error: word, error_description: message, error_uri: more });
  return { http: statuses[status].http, status, cause: because, headers, type, body };
}

const type = 'application/json; charset=utf-8';
