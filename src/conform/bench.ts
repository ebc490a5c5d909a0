import { setTimeout as pause } from 'node:timers/promises';
import { type BareAnswer, bareAnswer } from './bare-answer.ts';
import { issuedTokens, type ProbedTokens } from './issued.ts';
import { type Leftover, remains } from './leftovers.ts';
import { type Manners, mannersOf, type ProbeLimits } from './manners.ts';
import type { Client, Pieces } from './pieces.ts';
import { NotProbed } from './probe.ts';
import { fieldsOf, jsonBodyOf, responseOf } from './reading.ts';
import type { Secrets } from './secrets.ts';
import { basic, form, type ProbeAnswer, type Sending, tokenPath } from './sending.ts';
import { fetchCode } from './sign-in.ts';
import type { Wire } from './wire.ts';

/** What tokens of the server look like to a client. */
export interface TokenPair {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly answered: ProbeAnswer;
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
  send(sending: Sending): Promise<ProbeAnswer>;
  bare(sending: Sending): Promise<BareAnswer>;
  /** The access token most probes use. */
  token(): Promise<string>;
  /** A token of its own for the service application. */
  serviceToken(more?: Readonly<Record<string, string>>): Promise<TokenPair>;
  /** A fresh authorization code of the web application. */
  code(options?: CodeOptions): Promise<string>;
  /** The tokens of a fresh code. */
  codeTokens(): Promise<TokenPair>;
  /** Reads an answer of the token endpoint. Throws `NotProbed` when it gives no token. */
  tokensIn(answered: ProbeAnswer): TokenPair;
  exchange(code: string, more?: Readonly<Record<string, string>>, client?: Client): Sending;
  refresh(token: string, more?: Readonly<Record<string, string>>, client?: Client): Sending;
  wait(seconds: number): Promise<void>;
  /** Removes what was created, also after the run was stopped. Returns what could not be removed. */
  remove(): Promise<readonly Leftover[]>;
  /** Gives back the tokens that were issued. */
  revoke(): Promise<void>;
}

export interface BenchOptions {
  readonly wire: Wire;
  readonly pieces: Pieces;
  readonly limits: ProbeLimits;
  readonly secrets: Secrets;
  readonly mark: string;
  readonly signal: AbortSignal;
  /** Sees every answer. */
  readonly observe: (answered: ProbeAnswer) => void;
  /** Waits so many seconds. */
  readonly sleep?: (seconds: number, signal: AbortSignal) => Promise<unknown>;
}

export function benchOf(options: BenchOptions): Bench {
  const { wire, pieces, limits, secrets, mark, signal, sleep = sleepSeconds } = options;
  const manners = mannersOf(limits, pieces.exhaust, signal);
  const issued = issuedTokens(secrets);
  let main: Promise<string> | undefined;
  const made: Created = { attempted: false, objects: [] };

  const send = senderOf(options, { manners, issued, created: made });

  const tokensIn = (answered: ProbeAnswer): TokenPair => tokenPairIn(answered, secrets);

  // A signal of its own: what was made is removed although the run was stopped.
  const quiet = (sending: Sending): Promise<ProbeAnswer> => {
    manners.count();
    return wire.send(sending, AbortSignal.timeout(limits.timeout));
  };

  const codes = codesOf(pieces, send);
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
      main ??= mainToken(bench);
      return main;
    },
    serviceToken: async (more = {}) => {
      const client = given(pieces.service);
      const scope = pieces.writes ? 'write(all)' : 'read(all)';
      const values = { grant_type: 'client_credentials', scope, ...more };
      return tokensIn(await send(grantRequest(client, values)));
    },
    code: async (more) => {
      const code = await codes.next(more);
      secrets.keep(code, '$CODE');
      return code;
    },
    codeTokens: async () => tokensIn(await send(bench.exchange(await bench.code()))),
    tokensIn,
    exchange: (code, more = {}, client = given(pieces.web)) =>
      grantRequest(client, {
        grant_type: 'authorization_code',
        code,
        ...(pieces.redirectUri === undefined ? {} : { redirect_uri: pieces.redirectUri }),
        ...more,
      }),
    refresh: (token, more = {}, client = given(pieces.web)) =>
      grantRequest(client, { grant_type: 'refresh_token', refresh_token: token, ...more }),
    wait: async (seconds) => {
      await sleep(seconds, signal);
    },
    remove: async () => {
      if (!made.attempted) return [];
      const left = await remains(quiet, await bench.token().catch(() => ''), made.objects, mark);
      made.attempted = false;
      made.objects.length = 0;
      return left;
    },
    revoke: () => issued.revoke(quiet),
  };
  return Object.freeze(bench);
}

/** What the run has created so far. */
interface Created {
  /** A request that creates was sent, whatever its answer was. */
  attempted: boolean;
  readonly objects: Leftover[];
}

/** Sends a request within the limits, once more where it was refused for a while, and notes what its answer gives. */
function senderOf(
  { wire, signal, observe, sleep = sleepSeconds }: BenchOptions,
  run: { readonly manners: Manners; readonly issued: ProbedTokens; readonly created: Created },
): Bench['send'] {
  const { manners, issued, created } = run;
  return async function send(sending: Sending, again = true): Promise<ProbeAnswer> {
    manners.admit(sending);
    if (sending.creates !== undefined) created.attempted = true;
    const answered = await wire.send(sending, signal).catch((error: unknown) => {
      manners.missed(error);
      throw error;
    });
    observe(answered);
    issued.note(answered);
    if (sending.creates !== undefined) created.objects.push(...madeBy(answered, sending.creates));
    const wait = manners.heed(answered, again);
    if (wait === undefined) return answered;
    await sleep(wait, signal);
    return send(sending, false);
  };
}

const sleepSeconds = (seconds: number, signal: AbortSignal): Promise<unknown> =>
  pause(seconds * 1_000, undefined, { signal });

async function mainToken({ pieces, serviceToken, codeTokens }: Bench): Promise<string> {
  if (pieces.token !== undefined) return pieces.token;
  return (await (pieces.service ? serviceToken() : codeTokens())).access;
}

function given<T>(piece: T | undefined): T {
  if (piece === undefined) throw new NotProbed('it needs an application that was not given');
  return piece;
}

const grantRequest = (client: Client, values: Readonly<Record<string, string>>): Sending => ({
  method: 'POST',
  path: tokenPath,
  ...form(values, basic(client)),
});

function tokenPairIn(answered: ProbeAnswer, secrets: Secrets): TokenPair {
  const { access_token: access, refresh_token: refresh } = jsonBodyOf(answered);
  if (answered.http !== 200 || typeof access !== 'string')
    throw new NotProbed(
      `no token was to be had (HTTP ${answered.http}: ${secrets.hide(answered.text.slice(0, 120))})`,
    );
  return { access, refresh: typeof refresh === 'string' ? refresh : undefined, answered };
}

/** Authorization codes: those of the command line while they last, else one of the person who signs in. */
function codesOf(pieces: Pieces, send: Bench['send']): { next(options?: CodeOptions): Promise<string> } {
  const left = [...pieces.codes];
  return {
    next: async ({ challenge, scope } = {}) => {
      const client = given(pieces.web);
      const code =
        pieces.person === undefined && challenge === undefined && scope === undefined
          ? left.shift()
          : await fetchCode(send, {
              client,
              redirectUri: pieces.redirectUri,
              scope: scope ?? (pieces.writes ? 'write(all)' : 'read(all)'),
              challenge,
              ...given(pieces.person),
            });
      if (code === undefined)
        throw new NotProbed('every --code was used: give one more, or --username and --password');
      return code;
    },
  };
}

function madeBy(answered: ProbeAnswer, list: string): readonly Leftover[] {
  const { id } = fieldsOf(responseOf(answered));
  return typeof id === 'string' || typeof id === 'number' ? [{ list, id: String(id) }] : [];
}
