import { setTimeout as pause } from 'node:timers/promises';
import { type BareAnswer, bareAnswer } from './bare-answer.ts';
import { type Leftover, remains } from './leftovers.ts';
import type { Client, Pieces } from './pieces.ts';
import { NotProbed } from './probe.ts';
import { bodyOf } from './reading.ts';
import type { Secrets } from './secrets.ts';
import {
  type Answered,
  basic,
  form,
  isApi,
  isOAuth,
  revokePath,
  type Sending,
  tokenPath,
} from './sending.ts';
import { fetchCode } from './sign-in.ts';
import type { Wire } from './wire.ts';

/** The run goes on no longer, or not at resources: what is left is not probed. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface Limits {
  readonly maxRequests: number;
  /** Seconds a probe may wait. */
  readonly patience: number;
  /** Milliseconds for one answer. */
  readonly timeout: number;
}

/** What tokens of the server look like to a client. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly answered: Answered;
}

export interface CodeOptions {
  readonly scope?: string;
  readonly challenge?: string;
}

/** Where probes work: it sends for them, minds the server's limits, and knows what was made. */
export interface Bench {
  readonly origin: URL;
  readonly pieces: Pieces;
  readonly secrets: Secrets;
  /** In the name of everything this run makes. */
  readonly mark: string;
  readonly sent: () => number;
  /** Throws `Stopped` or `Unanswered`. */
  send(sending: Sending): Promise<Answered>;
  bare(sending: Sending): Promise<BareAnswer>;
  /** The access token most probes use. */
  token(): Promise<string>;
  /** A token of its own for the service application. */
  serviceToken(more?: Readonly<Record<string, string>>): Promise<Tokens>;
  /** A fresh authorization code of the web application. */
  code(options?: CodeOptions): Promise<string>;
  /** The tokens of a fresh code. */
  codeTokens(): Promise<Tokens>;
  /** Reads an answer of the token endpoint; its secrets are hidden from then on. */
  tokensIn(answered: Answered): Tokens;
  exchange(code: string, more?: Readonly<Record<string, string>>, client?: Client): Sending;
  refresh(token: string, more?: Readonly<Record<string, string>>, client?: Client): Sending;
  wait(seconds: number): Promise<void>;
  /** Removes what was made, also after the run was stopped. Answers what could not be removed. */
  remove(): Promise<readonly Leftover[]>;
  /** Gives back the tokens that were issued. */
  revoke(): Promise<void>;
}

export interface BenchOptions {
  readonly wire: Wire;
  readonly pieces: Pieces;
  readonly limits: Limits;
  readonly secrets: Secrets;
  readonly mark: string;
  readonly signal: AbortSignal;
  /** Sees every answer. */
  readonly observe: (answered: Answered) => void;
  /** Waits so many seconds. */
  readonly sleep?: (seconds: number, signal: AbortSignal) => Promise<unknown>;
}

export function benchOf(options: BenchOptions): Bench {
  const { wire, pieces, limits, secrets, mark, signal, observe } = options;
  const sleep = options.sleep ?? ((seconds, until) => pause(seconds * 1_000, undefined, { signal: until }));
  let sent = 0;
  let stopped: string | undefined;
  let resourcesStopped: string | undefined;
  let main: Promise<string> | undefined;
  const codes = [...pieces.codes];
  const made: Leftover[] = [];
  /** By token: who may give it back. */
  const issued = new Map<string, Readonly<Record<string, string>>>();
  let wrote = false;

  /** Throws `Stopped` when nothing may be sent any more. */
  function admit(sending: Sending): void {
    if (signal.aborted) throw new Stopped('the run was stopped');
    if (stopped !== undefined) throw new Stopped(stopped);
    if (sending.metered && resourcesStopped !== undefined) throw new Stopped(resourcesStopped);
    if (sent >= limits.maxRequests)
      throw new Stopped(`${limits.maxRequests} requests were sent (--max-requests)`);
    sent++;
  }

  async function send(sending: Sending, again = true): Promise<Answered> {
    admit(sending);
    if (sending.creates !== undefined) wrote = true;
    const answered = await wire.send(sending, signal);
    observe(answered);
    note(answered);
    const wait = Number(answered.headers['retry-after'] ?? Number.NaN);
    if (!sending.provokes && (answered.http === 429 || answered.http === 503)) {
      if (again && wait <= limits.patience) {
        await sleep(wait, signal);
        return send(sending, false);
      }
      resourcesStopped = `the server asked to wait${wait >= 0 ? ` ${wait} s` : ''} (HTTP ${answered.http})`;
      throw new Stopped(resourcesStopped);
    }
    if (!sending.provokes && answered.http === 401 && wait >= 0) {
      stopped = `the server has locked us out for ${wait} s`;
      throw new Stopped(stopped);
    }
    return answered;
  }

  function note({ sending, headers, text, http }: Answered): void {
    const { creates } = sending;
    if (creates !== undefined) {
      const { id } = (bodyOf({ text }).response ?? {}) as { id?: unknown };
      if (typeof id === 'string' || typeof id === 'number') made.push({ list: creates, id: String(id) });
    }
    if (http === 200 && isOAuth(sending)) keepTokens(sending, text);
    const [limit, left] = [
      Number(headers['x-ratelimit-limit'] ?? Number.NaN),
      Number(headers['x-ratelimit-remaining'] ?? Number.NaN),
    ];
    // A tenth of the hour stays for those whose deployment it is.
    if (isApi(sending) && !pieces.exhaust && left <= limit / 10)
      resourcesStopped = `${left} of ${limit} requests are left of this hour`;
  }

  function keepTokens({ headers }: Sending, text: string): void {
    const { access_token: access, refresh_token: refresh } = bodyOf({ text });
    const token = refresh ?? access;
    if (typeof token === 'string')
      issued.set(
        token,
        headers?.Authorization ? { Authorization: headers.Authorization } : basic(given(pieces.service)),
      );
    if (typeof access === 'string') secrets.keep(access, '$TOKEN');
    if (typeof refresh === 'string') secrets.keep(refresh, '$REFRESH_TOKEN');
  }

  function tokensIn(answered: Answered): Tokens {
    const { access_token: access, refresh_token: refresh } = bodyOf(answered);
    if (answered.http !== 200 || typeof access !== 'string')
      throw new NotProbed(
        `no token was to be had (HTTP ${answered.http}: ${secrets.hide(answered.text.slice(0, 120))})`,
      );
    return { access, refresh: typeof refresh === 'string' ? refresh : undefined, answered };
  }

  const given = <T>(piece: T | undefined): T => {
    if (piece === undefined) throw new NotProbed('it needs an application that was not given');
    return piece;
  };

  // A signal of its own: what was made is removed although the run was stopped.
  const quiet = (sending: Sending): Promise<Answered> => {
    sent++;
    return wire.send(sending, AbortSignal.timeout(limits.timeout));
  };

  const bench: Bench = {
    origin: wire.origin,
    pieces,
    secrets,
    mark,
    sent: () => sent,
    send,
    bare: async (sending) => {
      admit(sending);
      return bareAnswer(wire.origin, sending, limits.timeout, signal);
    },
    token: () => {
      main ??= (async () => {
        if (pieces.token !== undefined) return pieces.token;
        if (pieces.service) return (await bench.serviceToken()).access;
        return (await bench.codeTokens()).access;
      })();
      return main;
    },
    serviceToken: async (more = {}) => {
      const client = given(pieces.service);
      const scope = pieces.writes ? 'write(all)' : 'read(all)';
      const values = { grant_type: 'client_credentials', scope, ...more };
      const tokens = tokensIn(
        await send({ method: 'POST', path: tokenPath, ...form(values, basic(client)) }),
      );
      return tokens;
    },
    code: async ({ challenge, scope } = {}) => {
      const client = given(pieces.web);
      const code =
        pieces.person === undefined && challenge === undefined && scope === undefined
          ? codes.shift()
          : await fetchCode(send, {
              client,
              redirectUri: pieces.redirectUri,
              scope: scope ?? (pieces.writes ? 'write(all)' : 'read(all)'),
              challenge,
              ...given(pieces.person),
            });
      if (code === undefined)
        throw new NotProbed('every --code was used: give one more, or --username and --password');
      secrets.keep(code, '$CODE');
      return code;
    },
    codeTokens: async () => {
      const tokens = tokensIn(await send(bench.exchange(await bench.code())));
      return tokens;
    },
    tokensIn,
    exchange: (code, more = {}, client = given(pieces.web)) => ({
      method: 'POST',
      path: tokenPath,
      ...form(
        {
          grant_type: 'authorization_code',
          code,
          ...(pieces.redirectUri === undefined ? {} : { redirect_uri: pieces.redirectUri }),
          ...more,
        },
        basic(client),
      ),
    }),
    refresh: (token, more = {}, client = given(pieces.web)) => ({
      method: 'POST',
      path: tokenPath,
      ...form({ grant_type: 'refresh_token', refresh_token: token, ...more }, basic(client)),
    }),
    wait: async (seconds) => {
      await sleep(seconds, signal);
    },
    remove: async () => {
      if (!wrote) return [];
      const left = await remains(quiet, await bench.token().catch(() => ''), made, mark);
      wrote = false;
      made.length = 0;
      return left;
    },
    revoke: async () => {
      for (const [token, headers] of issued)
        await quiet({ method: 'POST', path: revokePath, ...form({ token }, headers) }).catch(() => {});
      issued.clear();
    },
  };
  return Object.freeze(bench);
}
