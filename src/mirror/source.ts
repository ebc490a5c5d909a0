import { Failure } from '../contract/failure.ts';
import { visible } from '../contract/visible.ts';
import { FilesAway } from '../files/files.ts';
import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { readStatus } from '../http/read-status.ts';
import { dateIn, numberHeader, Pace, type PaceOptions } from './pace.ts';

/** When nothing listens at the origin. */
export const advice = 'check that the URL is right and the server runs';

export interface SourceOptions extends PaceOptions {
  /** Of the API, such as `https://acme.api.accelo.com`. */
  readonly origin: string;
  /** A token; asked again, with the one that was not accepted, when it has ended. */
  readonly token: (refused?: string) => Promise<string>;
  readonly send?: (asked: HttpRequest) => Promise<HttpAnswer>;
}

/** What a read was answered: the response, or why there is none. */
export type SourceAnswer =
  | { readonly ok: true; readonly response: unknown; readonly at: number | undefined }
  | SourceRefusal;

/** Texts of the server's, fit to be printed. */
export interface SourceRefusal {
  readonly ok: false;
  readonly http: number;
  readonly status: string;
  readonly message: string;
}

/** A server that is read within its quota. */
export interface MirrorSource {
  /** Reads below the API's base. Throws a `Failure` when the server does not answer, or no longer accepts the credentials. */
  get(path: string, parameters: Readonly<Record<string, string>>): Promise<SourceAnswer>;
  /**
   * Has `take` read a file to its end, again where an answer breaks off. Rejects with its `FilesAway`, and else as `get` does; redirects are
   * not followed.
   */
  download<T>(
    path: string,
    take: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<{ readonly ok: true; readonly value: T } | SourceRefusal>;
  /** Requests sent so far. */
  readonly sent: () => number;
  /** Milliseconds waited for the quota, so far. */
  readonly waited: () => number;
}

const triesMax = 6;
/** Seconds, when a server that refuses further requests does not say how long. */
const refusalSecondsDefault = 60;
/** Seconds that one request may be refused for, altogether: an hour is the longest window there is, and clocks differ. */
const refusalSecondsMax = 7_200;
/** For one whole file. */
const fileTimeoutMs = 1_800_000;

/** What an answer is worth: a value, a refusal, or another attempt. */
type Outcome<T> = { readonly ok: true; readonly value: T } | SourceRefusal | 'again';

/** How far the attempts at one request have come. */
interface Attempts {
  failed: number;
  renewed: boolean;
  refusedSeconds: number;
}

/** What reads an answer that is well; it returns `undefined` when the answer is of no use. */
type Accept<T> = (answer: HttpAnswer) => T | undefined;

/**
 * Sends one request after another, none before its time: it waits for the next window while what is left of this one is no more than the
 * reserve, and as long as `Retry-After` says when the server refuses further requests.
 */
export const createSource = (options: SourceOptions): MirrorSource => new PacedSource(options);

class PacedSource implements MirrorSource {
  readonly #options: SourceOptions;
  readonly #pace: Pace;
  readonly #send: (request: HttpRequest) => Promise<HttpAnswer>;
  #token: string | undefined;
  #sent = 0;
  /** It has answered as an API of this kind does. */
  #understood = false;

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#pace = new Pace(options);
    this.#send = options.send ?? exchange;
  }

  readonly sent = (): number => this.#sent;
  readonly waited = (): number => this.#pace.waitedMs;

  async get(path: string, parameters: Readonly<Record<string, string>>): Promise<SourceAnswer> {
    const url = this.#urlOf(path);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
    const answer = await this.#request(url, (received) => {
      const response = responseIn(received.text);
      return response && { response: response.value, at: dateIn(received) };
    });
    return answer.ok ? { ok: true, ...answer.value } : answer;
  }

  async download<T>(
    path: string,
    take: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<{ readonly ok: true; readonly value: T } | SourceRefusal> {
    let taken: { readonly value: T } | undefined;
    // What fails here is not a failure of the source: the request is not repeated.
    let lost: unknown;
    const answer = await this.#request(
      this.#urlOf(path),
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

  readonly #urlOf = (path: string): URL => new URL(`/api/v0/${path}`, this.#options.origin);

  /** Sends a request until it is answered for good. */
  async #request<T>(
    url: URL,
    accept: Accept<T>,
    receive?: HttpRequest['receive'],
  ): Promise<{ readonly ok: true; readonly value: T } | SourceRefusal> {
    const attempts: Attempts = { failed: 0, renewed: false, refusedSeconds: 0 };
    for (;;) {
      const answer = await this.#once(url, receive).catch((error: unknown) => {
        if (!(error instanceof Failure) || this.#sent <= 1) throw error;
        if (attempts.failed + 1 >= triesMax)
          throw new Failure(`${error.message}; run the same command again to go on`, { cause: error });
        return error;
      });
      const outcome =
        answer instanceof Failure
          ? await this.#backOff(attempts, undefined, answer.message)
          : await this.#outcomeOf(answer, url, accept, attempts);
      if (outcome !== 'again') return outcome;
    }
  }

  async #once(url: URL, receive: HttpRequest['receive']): Promise<HttpAnswer> {
    await this.#pace.wait('the quota is used up to the reserve');
    this.#token ??= await this.#options.token();
    this.#sent++;
    const answer = await this.#send({
      ...{ method: 'GET', url, advice },
      headers: { Authorization: `Bearer ${this.#token}`, Accept: receive ? '*/*' : 'application/json' },
      ...(receive ? { receive, within: fileTimeoutMs } : {}),
    });
    this.#pace.heed(answer);
    return answer;
  }

  async #outcomeOf<T>(
    answer: HttpAnswer,
    url: URL,
    accept: Accept<T>,
    attempts: Attempts,
  ): Promise<Outcome<T>> {
    const { http } = answer;
    const { status, message = '' } = readStatus(answer);
    if (http >= 300 && http < 400) return { ok: false, http, ...redirectIn(answer, url) };
    if (status === 'ok') {
      const value = accept(answer);
      if (value === undefined) return this.#unreadable(url, attempts);
      this.#understood = true;
      return { ok: true, value };
    }
    if (status === 'too_many_requests' || http === 429) return this.#refusedForNow(answer, attempts);
    const refusal = {
      http,
      status: printable(status, this.#token),
      message: printable(message, this.#token),
    };
    if (status === 'invalid_client' || http === 401) return this.#unauthenticated(refusal, attempts);
    if (status !== 'server_error' && http < 500) return { ok: false, ...refusal };
    if (attempts.failed + 1 < triesMax)
      return this.#backOff(attempts, numberHeader(answer, 'retry-after'), `the server failed (${status})`);
    throw new Failure(
      `${this.#options.origin} failed ${triesMax} times at GET ${url.pathname} (${status}): run the same command again later to go on`,
    );
  }

  async #unreadable(url: URL, attempts: Attempts): Promise<'again'> {
    if (attempts.failed + 1 >= triesMax || !this.#understood)
      throw new Failure(
        `${this.#options.origin} answers ${url.pathname} with no JSON that can be read: is it an API of this kind?`,
      );
    return this.#backOff(attempts, undefined, 'an answer was cut short');
  }

  async #refusedForNow(answer: HttpAnswer, attempts: Attempts): Promise<'again'> {
    const seconds = numberHeader(answer, 'retry-after') ?? refusalSecondsDefault;
    attempts.refusedSeconds += seconds;
    if (attempts.refusedSeconds > refusalSecondsMax)
      throw new Failure(
        `${this.#options.origin} has had enough requests, and asks to wait ${seconds} s: run the same command again after that to go on`,
      );
    this.#pace.pause(seconds);
    await this.#pace.wait('the server has had enough requests');
    return 'again';
  }

  async #unauthenticated(
    { status, message }: Omit<SourceRefusal, 'ok'>,
    attempts: Attempts,
  ): Promise<'again'> {
    if (attempts.renewed)
      throw new Failure(
        `${this.#options.origin} does not accept the credentials (${status}${message === '' ? '' : `: ${message}`}): give others, and run the same command again to go on`,
      );
    attempts.renewed = true;
    this.#token = await this.#options.token(this.#token);
    return 'again';
  }

  async #backOff(attempts: Attempts, retryAfter: number | undefined, why: string): Promise<'again'> {
    this.#pace.backOff(++attempts.failed, Math.min(retryAfter ?? 0, refusalSecondsMax));
    await this.#pace.wait(why);
    return 'again';
  }
}

const messageCharactersMax = 300;

/** What a server says may hold anything: control characters, endless text, the token that it was sent. */
function printable(text: string, token: string | undefined): string {
  const safe = token ? text.replaceAll(token, '…') : text;
  return visible(safe.length > messageCharactersMax ? `${safe.slice(0, messageCharactersMax)}…` : safe);
}

/** The token is for this origin only, so redirects are not followed. */
function redirectIn(
  { http, headers }: HttpAnswer,
  url: URL,
): { readonly status: string; readonly message: string } {
  const target = headers.location === undefined ? null : URL.parse(String(headers.location), url.href);
  return {
    status: `HTTP ${http}`,
    message: `it redirects to ${target ? printable(target.origin, undefined) : 'somewhere else'}, which is not followed`,
  };
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
