import assert from 'node:assert/strict';
import { XMLParser } from 'fast-xml-parser';
import { parse as parseYaml } from 'yaml';
import { createClient } from '../../client/src/client.ts';
import { readVerdict, statusOfCode, type Verdict } from '../../client/src/verdict.ts';
import { type CauseName, rowOf } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';
import type { Reply, Sending } from './http.ts';
import type { Tenant } from './world.ts';

export const switches = ['_suppress_message', '_suppress_http_status', '_suppress_meta'] as const;
export const combinations = Array.from({ length: 8 }, (_, bits) =>
  switches.filter((_, i) => bits & (1 << i)),
);
export const formats = ['json', 'xml', 'yaml'] as const;
export type Format = (typeof formats)[number];

/** The envelope as a client of that format reads it, by parsers that are not ours. */
function envelopeOf(text: string, format: Format): { meta?: Record<string, unknown>; response?: unknown } {
  if (format === 'json') return JSON.parse(text);
  if (format === 'yaml') return parseYaml(text);
  const parsed = new XMLParser({ ignoreAttributes: false, parseTagValue: false }).parse(text).api as {
    meta?: Record<string, unknown>;
  };
  const flat =
    parsed.meta &&
    Object.fromEntries(
      Object.entries(parsed.meta).map(([key, value]) => [
        key,
        typeof value === 'object' && value ? (value as Record<string, unknown>)['#text'] : value,
      ]),
    );
  return flat ? { ...parsed, meta: flat } : parsed;
}

/** What a client can know, from the body, the headers or the HTTP code, whatever was suppressed. */
export function checkRecoverable(
  reply: { http: number; header: string | undefined; text: string },
  cause: CauseName,
  asked: readonly string[],
  format: Format,
  word?: string,
): void {
  const { http } = statuses[rowOf(cause).status];
  const status = word ?? rowOf(cause).status;
  const envelope = envelopeOf(reply.text, format);
  assert.equal(reply.header, status, 'X-Status');
  if (asked.includes('_suppress_meta')) {
    assert.equal(envelope.meta, undefined);
    assert.equal(reply.http, http, 'nothing else would tell');
    return;
  }
  assert.equal(envelope.meta?.status, status);
  if (asked.includes('_suppress_http_status')) {
    assert.equal(reply.http, 200);
    assert.equal(String(envelope.meta?.response_code), String(http));
  } else assert.equal(reply.http, http);
  const silent = asked.includes('_suppress_message');
  assert.equal(envelope.meta?.message === undefined, silent);
  assert.equal(envelope.meta?.more_info === undefined, silent);
}

const accepted: Readonly<Record<Format, string>> = {
  json: '*/*',
  xml: 'application/xml',
  yaml: 'application/yaml',
};

/**
 * Sends a request that is refused again, under every combination of suppressions, in both spellings of yes and in every format: the status is
 * recovered each time. The OAuth endpoints have a dialect of their own, which suppression leaves alone, and so have pages.
 */
export async function checkUnderSuppression(
  tenant: Tenant,
  sending: Sending,
  cause: CauseName,
  word: string | undefined,
): Promise<void> {
  const api = /^\/(public_)?api\//.test(sending.path);
  let first: unknown;
  for (const asked of combinations)
    for (const value of ['1', 'yes'])
      for (const format of formats) {
        const parameters = asked.map((name) => `${name}=${value}`).join('&');
        const path = `${sending.path}${sending.path.includes('?') ? '&' : '?'}${parameters}`;
        const headers = { ...sending.headers, Accept: accepted[format] };
        const { http, headers: said, text } = await tenant.send({ ...sending, path, headers });
        const reply = { http, header: said['x-status'], text };
        if (api) checkRecoverable(reply, cause, asked, format, word);
        else checkDialect(reply, said, cause, word);
        const answer = { status: http, headers: { get: (name: string) => said[name] ?? null }, body: text };
        const verdict = comparable(readVerdict(answer));
        assert.deepEqual(comparable(await throughClient({ http, headers: said, text }, api)), verdict);
        assert.equal(verdict.status, word ?? rowOf(cause).status);
        assert.equal(verdict.http, statuses[rowOf(cause).status].http);
        first ??= verdict;
        // The hosted service has none of our headers: then the body tells, or else no more than the HTTP code.
        const bare = readVerdict({ status: http, headers: { get: () => null }, body: text });
        const mute = api ? asked.includes('_suppress_meta') : !said['content-type']?.includes('json');
        assert.equal(bare.status, mute ? statusOfCode(http) : verdict.status);
        assert.equal(bare.http, verdict.http);
        assert.deepEqual(verdict, first, 'the same verdict under every suppression and format');
      }
}

/** A verdict without what is another at each answer: ids and times. */
function comparable({ requestId = '', retry, quota, message, ...rest }: Verdict) {
  assert.notEqual(requestId, '');
  const waits = retry.when === 'after' ? { when: retry.when, waits: retry.seconds > 0 } : retry;
  return { ...rest, message: message.replace(requestId, '…'), retry: waits, metered: quota !== undefined };
}

/** What a client says that got this answer: to a call, or when it asked for a token. */
async function throughClient(
  { http, headers, text }: Pick<Reply, 'http' | 'headers' | 'text'>,
  api: boolean,
): Promise<Verdict> {
  const said = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const client = createClient({
    baseUrl: 'http://tenant.invalid',
    auth: api ? { token: 't' } : { grant: 'client_credentials', clientId: 'c', clientSecret: 's' },
    fetch: async () => new Response(text, { status: http, headers: said }),
    retries: false,
    patience: 0,
  });
  const { ok, verdict } = await client.call({ path: 'companies' });
  assert.ok(!ok);
  return verdict;
}

function checkDialect(
  {
    http,
    header,
    text,
  }: { readonly http: number; readonly header: string | undefined; readonly text: string },
  said: Reply['headers'],
  cause: CauseName,
  word: string | undefined,
): void {
  const status = word ?? rowOf(cause).status;
  assert.equal(http, statuses[rowOf(cause).status].http);
  assert.equal(header, status, 'X-Status');
  if (said['content-type']?.startsWith('application/json'))
    assert.equal((JSON.parse(text) as { error?: string }).error, status);
}
