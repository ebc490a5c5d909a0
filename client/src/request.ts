import { redirectOf } from './direct.ts';

export type Value = string | number | boolean;

/** A file that is sent as it comes. It can be sent once: no call with one is tried again. */
export interface Stream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly name: string;
  /** `application/octet-stream` unless told. */
  readonly type?: string;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v0/`, such as `companies/12`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, Value>>;
  /** Sent as a form. */
  readonly body?: Readonly<Record<string, Value>>;
  /** Sent as JSON; with a `Blob` or a `Stream` among its values as `multipart/form-data`. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** With a key a write may be repeated: the server does it once. */
  readonly idempotencyKey?: string;
  /** Whether doing it twice does nothing more than doing it once; reads only unless told. */
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What `fetch` takes, and whether it can be taken again. */
export interface Sending {
  readonly url: URL;
  readonly init: RequestInit;
  readonly once: boolean;
}

const isStream = (value: unknown): value is Stream =>
  typeof value === 'object' && value !== null && 'stream' in value && value.stream instanceof ReadableStream;

export function sendingOf(base: string, call: Call): Sending {
  const { method = 'GET', path, query, body, values, idempotencyKey, signal } = call;
  const api = `${base}/api/v0/`;
  const url = new URL(api + path.replace(/^\/+/, ''));
  if (!url.href.startsWith(api)) throw new TypeError('the path leads out of the API');
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  const redirect = redirectOf(method);
  const init: RequestInit & { duplex?: 'half' } = { method, headers, redirect, signal: signal ?? null };
  const given = Object.entries(values ?? {});
  const once = given.some(([, value]) => isStream(value));
  if (once) {
    const boundary = crypto.randomUUID();
    headers['Content-Type'] = `multipart/form-data; boundary=${boundary}`;
    init.body = streamed(given, boundary);
    init.duplex = 'half';
  } else if (given.some(([, value]) => value instanceof Blob)) {
    const form = new FormData();
    for (const [name, value] of given)
      if (value instanceof Blob) form.append(name, value, 'name' in value ? String(value.name) : 'file');
      else if (value !== undefined) form.append(name, textOf(value));
    init.body = form;
  } else if (values) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(values);
  } else if (body) init.body = new URLSearchParams(pairsOf(body));
  return { url, init, once };
}

const pairsOf = (body: Readonly<Record<string, Value>>): [string, string][] =>
  Object.entries(body).map(([name, value]) => [name, String(value)]);

function textOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `multipart/form-data` (RFC 7578), each file as it comes. */
function streamed(given: readonly (readonly [string, unknown])[], boundary: string): ReadableStream {
  const encoder = new TextEncoder();
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const [name, value] of given) {
      if (value === undefined) continue;
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
      if (isStream(value)) {
        const type = value.type ?? 'application/octet-stream';
        yield encoder.encode(
          `${head}; filename="${quoted(value.name)}"\r\nContent-Type: ${type.replaceAll(/[\r\n]/g, '')}\r\n\r\n`,
        );
        const reader = value.stream.getReader();
        try {
          for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
        } finally {
          await reader.cancel();
        }
      } else yield encoder.encode(`${head}\r\n\r\n${textOf(value)}`);
      yield encoder.encode('\r\n');
    }
    yield encoder.encode(`--${boundary}--\r\n`);
  }
  const iterator = parts();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => iterator.return(undefined).then(() => {}),
  });
}

const quoted = (text: string): string =>
  text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
