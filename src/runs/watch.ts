import type { Reads } from './recording/exchange.ts';

export interface WatchOptions {
  /**
   * Also sees what a client reads of an answer that it took as text and gave to `JSON.parse`, whole: `JSON.parse` is replaced until the
   * watch is disposed of. A text that equals an answer is taken for it, whoever parses it.
   */
  readonly parse?: boolean;
}

/** A `fetch` that notes which fields of the answers are read. */
export interface Watch extends Disposable {
  readonly fetch: typeof fetch;
  /** What was given and read until now, one for each answer in JSON that has an `X-Request-Id`. */
  reads(): readonly Reads[];
}

interface Noted {
  readonly request: string;
  readonly given: Set<string>;
  readonly read: Set<string>;
  unseen: string | undefined;
}

/** Answers; the oldest are forgotten. */
const answersMax = 5_000;
const textsMax = 200;
const fieldNamesMax = 500;

/**
 * Watches what a client does with its answers, any client that takes a `fetch`. The objects that `response.json()` gives have getters
 * in place of values: reading a field is noted, as are copies of whole objects (spread, `JSON.stringify`, `structuredClone`), which count as
 * reading all. Not seen: bodies taken as bytes or streams, text that is not parsed whole by `JSON.parse`, formats other than JSON, and
 * what somebody does with a value after it was read.
 */
export function watch(through: typeof fetch = fetch, { parse = false }: WatchOptions = {}): Watch {
  const noted: Noted[] = [];
  /** By the text of an answer, the latest last. */
  const handed = new Map<string, Noted>();
  const unpatch = parse ? seeParsing((text) => handed.get(text)) : () => {};

  function note(request: string): Noted {
    const one: Noted = {
      request,
      given: new Set(),
      read: new Set(),
      unseen: 'its body was not taken as JSON',
    };
    noted.push(one);
    if (noted.length > answersMax) noted.shift();
    return one;
  }

  function hand(text: string, one: Noted): void {
    one.unseen = parse
      ? 'it was taken as text, and not parsed whole by JSON.parse'
      : 'it was taken as text: watch(fetch, { parse: true }) sees through JSON.parse';
    if (!parse) return;
    handed.delete(text);
    handed.set(text, one);
    if (handed.size > textsMax) for (const oldest of handed.keys()) return void handed.delete(oldest);
  }

  function watched(response: Response, one: Noted): Response {
    const own = (name: 'json' | 'text' | 'clone', value: () => unknown): void =>
      void Object.defineProperty(response, name, { value, configurable: true, writable: true });
    const [json, text, clone] = [response.json, response.text, response.clone];
    own('json', async () => instrument(await json.call(response), one));
    own('text', async () => {
      const taken = await text.call(response);
      hand(taken, one);
      return taken;
    });
    own('clone', () => watched(clone.call(response), one));
    return response;
  }

  return {
    fetch: async (...asked) => {
      const response = await through(...asked);
      const request = response.headers.get('x-request-id');
      const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '');
      return request !== null && isJson ? watched(response, note(request)) : response;
    },
    reads: () =>
      noted.map(({ request, given, read, unseen }) => ({
        request,
        given: [...given],
        read: [...read],
        ...(unseen === undefined ? {} : { unseen }),
      })),
    [Symbol.dispose]: unpatch,
  };
}

/** Replaces `JSON.parse` until the function that it returns is called. */
function seeParsing(find: (text: string) => Noted | undefined): () => void {
  const before = JSON.parse;
  let on = true;
  const seeing: typeof JSON.parse = (text, reviver) => {
    const tree = before(text, reviver);
    const one = on && typeof text === 'string' ? find(text) : undefined;
    return one ? instrument(tree, one) : tree;
  };
  JSON.parse = seeing;
  return () => {
    on = false;
    // If something replaced it since, it still calls this function, which then only parses.
    if (JSON.parse === seeing) JSON.parse = before;
  };
}

/** Puts getters in place of the values below `response`. */
function instrument(tree: unknown, one: Noted): unknown {
  one.unseen = undefined;
  if (typeof tree === 'object' && tree !== null && 'response' in tree) notice(tree.response, '', one);
  return tree;
}

function notice(value: unknown, path: string, one: Noted): void {
  if (Array.isArray(value)) {
    for (const each of value) notice(each, path, one);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const full = path === '' ? name : `${path}.${name}`;
    if (!/^[\w.-]{1,200}$/.test(full) || (one.given.size >= fieldNamesMax && !one.given.has(full))) continue;
    one.given.add(full);
    notice(inner, full, one);
    let now: unknown = inner;
    Object.defineProperty(value, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        one.read.add(full);
        return now;
      },
      set: (next: unknown) => {
        now = next;
      },
    });
  }
}

/** Where a run is: what `accord serve --sandbox` prints, and the name of the run. */
export interface RunPlace {
  /** Such as `http://localhost:4280`. */
  readonly url: string;
  /** That of the sandbox. */
  readonly token: string;
  readonly deployment: string;
  /** The one that is on, or the latest, unless told. */
  readonly run?: string;
}

/** Characters of one request, which is well below what a sandbox takes. */
const requestCharactersMax = 500_000;
const readsPerRequestMax = 1_000;

/** Tells a sandbox what was read, for the report of its run. Throws when it does not take it. */
export async function tellReads(
  { reads }: Watch,
  { url, token, deployment, run = '@latest' }: RunPlace,
): Promise<void> {
  const path = `deployments/${encodeURIComponent(deployment)}/runs/${encodeURIComponent(run)}/read`;
  for (const part of parted(reads())) {
    const answer = await fetch(new URL(`/sandbox/v0/${path}`, url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ reads: part }),
    });
    if (!answer.ok) throw new Error(`the sandbox did not take it: ${await answer.text()}`);
  }
}

function parted(reads: readonly Reads[]): readonly (readonly Reads[])[] {
  const parts: Reads[][] = [];
  let room = 0;
  for (const one of reads) {
    const size = JSON.stringify(one).length;
    const last = parts.at(-1);
    if (last && size <= room && last.length < readsPerRequestMax) {
      last.push(one);
      room -= size;
    } else {
      parts.push([one]);
      room = requestCharactersMax - size;
    }
  }
  return parts;
}
