import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../contract/failure.ts';
import { visible } from '../contract/visible.ts';
import { FilesAway } from '../files/files.ts';
import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { readStatus } from '../http/read-status.ts';

/** When nothing listens at the origin. */
export const advice = 'see that the URL is right and the server runs';

export interface SourceOptions {
  /** Of the API, such as `https://acme.api.accelo.com`. */
  readonly origin: string;
  /** A token; asked again, with the one that was not accepted, when it has ended. */
  readonly token: (refused?: string) => Promise<string>;
  /** Requests of each window that are left to the owner's other clients: a number, or a share of the limit. */
  readonly reserve: number | { readonly share: number };
  /** Told before a wait of more than a moment: how long, in seconds, and why. */
  readonly onWait: (seconds: number, why: string) => void;
  /** Unix milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  readonly send?: (asked: HttpRequest) => Promise<HttpAnswer>;
}

/** What a read was answered: the response, or why there is none. */
export type SourceAnswer =
  | { readonly ok: true; readonly response: unknown; readonly at: number | undefined }
  | Refused;

/** Texts of the server's, fit to be printed. */
export interface Refused {
  readonly ok: false;
  readonly http: number;
  readonly status: string;
  readonly message: string;
}

/** A server that is read within its quota. */
export interface Source {
  /** Reads below the API's base. Throws a `Failure` when the server does not answer, or no longer accepts the credentials. */
  get(path: string, parameters: Readonly<Record<string, string>>): Promise<SourceAnswer>;
  /**
   * Has `take` read a file to its end, again where an answer breaks off. Rejects with its `FilesAway`, and else as `get` does; redirects are
   * not followed.
   */
  download<T>(
    path: string,
    take: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<{ readonly ok: true; readonly value: T } | Refused>;
  /** Requests sent so far. */
  readonly sent: () => number;
  /** Milliseconds waited for the quota, so far. */
  readonly waited: () => number;
}

const tries = 6;
/** Milliseconds between tries of what failed on the server's side: doubled each time. */
const firstPause = 1_000;
const longestPause = 60_000;
/** Seconds, when a server that has had enough does not say how long. */
const usualWait = 60;
/** Seconds that one request may be refused for, altogether: an hour is the longest window there is, and clocks differ. */
const longestRefusal = 7_200;
/** Milliseconds for one whole file. */
const fileWithin = 1_800_000;

/**
 * Sends one request after another, none before its time: it waits for the next window while what is left of this one is no more than the
 * reserve, and as long as `Retry-After` says when the server has had enough.
 */
export function createSource(options: SourceOptions): Source {
  const { origin, reserve, onWait, clock = Date.now, sleep = pause, send = exchange } = options;
  let token: string | undefined;
  let sent = 0;
  /** It has answered as an API of this kind does. */
  let understood = false;
  let waited = 0;
  /** No request before this time; unix milliseconds. */
  let notBefore = 0;

  const waitUntilThen = async (why: string): Promise<void> => {
    for (let left = notBefore - clock(); left > 0; left = notBefore - clock()) {
      if (left >= 5_000) onWait(Math.ceil(left / 1_000), why);
      await sleep(left);
      waited += left;
    }
  };

  async function once(url: URL, receive: HttpRequest['receive']): Promise<HttpAnswer> {
    await waitUntilThen('the quota is used up to the reserve');
    token ??= await options.token();
    sent++;
    const answered = await send({
      ...{ method: 'GET', url, advice },
      headers: { Authorization: `Bearer ${token}`, Accept: receive ? '*/*' : 'application/json' },
      ...(receive ? { receive, within: fileWithin } : {}),
    });
    const quota = quotaIn(answered, clock());
    if (quota) {
      const kept = typeof reserve === 'number' ? reserve : Math.ceil(quota.limit * reserve.share);
      if (quota.remaining <= Math.min(kept, quota.limit - 1)) notBefore = Math.max(notBefore, quota.reset);
    }
    return answered;
  }

  /** Sends it until it is answered for good. `accept` reads an answer that says it is well; `undefined`: it is none. */
  async function ask<T>(
    url: URL,
    accept: (answered: HttpAnswer) => T | undefined,
    receive?: HttpRequest['receive'],
  ): Promise<{ readonly ok: true; readonly value: T } | Refused> {
    let renewed = false;
    let refusedFor = 0;
    for (let failed = 0; ; ) {
      const answered = await once(url, receive).catch((error: unknown) => {
        if (!(error instanceof Failure) || sent <= 1) throw error;
        if (failed + 1 >= tries)
          throw new Failure(`${error.message}; run the same command again to go on`, { cause: error });
        return error;
      });
      if (answered instanceof Failure) {
        await backOff(++failed, undefined, answered.message);
        continue;
      }
      const { http } = answered;
      const { status, message: said = '' } = readStatus(answered);
      const message = printable(said, token);
      if (http >= 300 && http < 400) return { ok: false, http, ...ledOn(answered, url) };
      if (status === 'ok') {
        const value = accept(answered);
        if (value !== undefined) {
          understood = true;
          return { ok: true, value };
        }
        if (++failed >= tries || !understood)
          throw new Failure(
            `${origin} answers ${url.pathname} with no JSON that can be read: is it an API of this kind?`,
          );
        await backOff(failed, undefined, 'an answer was cut short');
        continue;
      }
      if (status === 'too_many_requests' || http === 429) {
        const seconds = secondsOf(answered, 'retry-after') ?? usualWait;
        refusedFor += seconds;
        if (refusedFor > longestRefusal)
          throw new Failure(
            `${origin} has had enough requests, and asks to wait ${seconds} s: run the same command again after that to go on`,
          );
        notBefore = Math.max(notBefore, clock() + seconds * 1_000);
        await waitUntilThen('the server has had enough requests');
        continue;
      }
      if ((status === 'invalid_client' || http === 401) && !renewed) {
        renewed = true;
        token = await options.token(token);
        continue;
      }
      if (status === 'invalid_client' || http === 401)
        throw new Failure(
          `${origin} does not accept the credentials (${printable(status, token)}${message === '' ? '' : `: ${message}`}): give others, and run the same command again to go on`,
        );
      if (status === 'server_error' || http >= 500) {
        if (++failed < tries) {
          await backOff(failed, secondsOf(answered, 'retry-after'), `the server failed (${status})`);
          continue;
        }
        throw new Failure(
          `${origin} failed ${tries} times at GET ${url.pathname} (${status}): run the same command again later to go on`,
        );
      }
      return { ok: false, http, status: printable(status, token), message };
    }
  }

  async function get(path: string, parameters: Readonly<Record<string, string>>): Promise<SourceAnswer> {
    const url = new URL(`/api/v0/${path}`, origin);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
    const answer = await ask(url, (answered) => {
      const response = responseIn(answered.text);
      return response && { response: response.value, at: dateIn(answered) };
    });
    return answer.ok ? { ok: true, ...answer.value } : answer;
  }

  async function download<T>(
    path: string,
    take: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<{ readonly ok: true; readonly value: T } | Refused> {
    let taken: { readonly value: T } | undefined;
    // What fails here is not the source's doing: it is not asked again.
    let lost: unknown;
    const answer = await ask(
      new URL(`/api/v0/${path}`, origin),
      () => (lost ? { value: undefined as T } : taken),
      async (response) => {
        taken = undefined;
        try {
          taken = { value: await take(response) };
        } catch (error) {
          if (error instanceof FilesAway) lost = error;
          else throw error;
        }
      },
    );
    if (lost) throw lost;
    return answer.ok ? { ok: true, value: answer.value.value } : answer;
  }

  async function backOff(failed: number, told: number | undefined, why: string): Promise<void> {
    const own = Math.min(longestPause, firstPause * 2 ** (failed - 1));
    notBefore = Math.max(notBefore, clock() + Math.max(own, Math.min(told ?? 0, longestRefusal) * 1_000));
    await waitUntilThen(why);
  }

  return Object.freeze<Source>({ get, download, sent: () => sent, waited: () => waited });
}

/** Characters of what a server says. */
const shown = 300;

/** What a server says may be anything: a terminal's commands, no end of text, the token that it was sent. */
function printable(said: string, token: string | undefined): string {
  const told = token ? said.replaceAll(token, '…') : said;
  return visible(told.length > shown ? `${told.slice(0, shown)}…` : told);
}

/** The token is for the origin alone, so nobody is followed elsewhere. */
function ledOn(
  { http, headers }: HttpAnswer,
  url: URL,
): { readonly status: string; readonly message: string } {
  const target = headers.location === undefined ? null : URL.parse(String(headers.location), url.href);
  return {
    status: `HTTP ${http}`,
    message: `it leads on to ${target ? printable(target.origin, undefined) : 'somewhere else'}, which is not followed`,
  };
}

interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Unix milliseconds. */
  readonly reset: number;
}

function quotaIn(answered: HttpAnswer, now: number): Quota | undefined {
  const limit = secondsOf(answered, 'x-ratelimit-limit');
  const remaining = secondsOf(answered, 'x-ratelimit-remaining');
  const reset = secondsOf(answered, 'x-ratelimit-reset');
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  // The clocks of both may differ: where the server says its time, the time that is left counts.
  const left = reset - (dateIn(answered) ?? now / 1_000);
  // An hour is the longest window there is; a second more, so that it has surely begun.
  return { limit, remaining, reset: now + Math.min(Math.max(left, 0) + 1, 3_601) * 1_000 };
}

function secondsOf({ headers }: HttpAnswer, name: string): number | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** The server's time in unix seconds. */
function dateIn({ headers }: HttpAnswer): number | undefined {
  const at = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.floor(at / 1_000);
}

function responseIn(text: string): { readonly value: unknown } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'response' in body
      ? { value: body.response }
      : undefined;
  } catch {
    return undefined;
  }
}
