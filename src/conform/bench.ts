import { setTimeout as pause } from 'node:timers/promises';
import { type BareAnswer, bareAnswer } from './bare-answer.ts';
import { issuedTokens } from './issued.ts';
import { type Leftover, remains } from './leftovers.ts';
import { type Limits, mannersOf } from './manners.ts';
import type { Client, Pieces } from './pieces.ts';
import { NotProbed } from './probe.ts';
import { bodyOf, fieldsOf, responseOf } from './reading.ts';
import type { Secrets } from './secrets.ts';
import { type Answered, basic, form, type Sending, tokenPath } from './sending.ts';
import { fetchCode } from './sign-in.ts';
import type { Wire } from './wire.ts';

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
  /** Reads an answer of the token endpoint. Throws `NotProbed` when it gives no token. */
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
  const manners = mannersOf(limits, pieces.exhaust, signal);
  const issued = issuedTokens(secrets);
  let main: Promise<string> | undefined;
  const codes = [...pieces.codes];
  const made: Leftover[] = [];
  let wrote = false;

  async function send(sending: Sending, again = true): Promise<Answered> {
    manners.admit(sending);
    if (sending.creates !== undefined) wrote = true;
    const answered = await wire.send(sending, signal).catch((error: unknown) => {
      manners.missed(error);
      throw error;
    });
    observe(answered);
    issued.note(answered);
    if (sending.creates !== undefined) made.push(...madeBy(answered, sending.creates));
    const wait = manners.heed(answered, again);
    if (wait === undefined) return answered;
    await sleep(wait, signal);
    return send(sending, false);
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
    manners.count();
    return wire.send(sending, AbortSignal.timeout(limits.timeout));
  };

  const bench: Bench = {
    origin: wire.origin,
    pieces,
    secrets,
    mark,
    sent: manners.sent,
    send,
    bare: async (sending) => {
      manners.admit(sending);
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
      return tokensIn(await send({ method: 'POST', path: tokenPath, ...form(values, basic(client)) }));
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
    codeTokens: async () => tokensIn(await send(bench.exchange(await bench.code()))),
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
    revoke: () => issued.revoke(quiet),
  };
  return Object.freeze(bench);
}

function madeBy(answered: Answered, list: string): readonly Leftover[] {
  const { id } = fieldsOf(responseOf(answered));
  return typeof id === 'string' || typeof id === 'number' ? [{ list, id: String(id) }] : [];
}
