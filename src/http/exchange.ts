import type { Readable } from 'node:stream';
import { Failure } from '../contract/failure.ts';
import { HttpClient } from './client.ts';
import { outgoingTimeouts } from './timeouts.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** What to do when nothing listens: it differs from command to command. */
  readonly advice: string;
  /** Reads the body of an answer with HTTP 200 as it arrives, whatever its size; its `text` is then empty. */
  readonly receive?: (response: Readable) => Promise<void>;
  /** Milliseconds for the whole answer, however slowly it arrives; ten minutes by default. */
  readonly within?: number;
}

export interface HttpAnswer {
  readonly http: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** No answer of the API is near this. */
const answerBytesMax = 256 * 2 ** 20;

const client = new HttpClient({ silenceMs: outgoingTimeouts.call.silenceMs, environmentProxy: true });

/**
 * Sends one request over HTTP or HTTPS and reads its answer. Names below `localhost` are this machine, whatever the resolver says (RFC 6761).
 * Throws a `Failure` fit for people when there is no whole answer.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, receive, within = outgoingTimeouts.call.wholeMs } = request;
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new Error(`no whole answer within ${within / 1_000} s`)),
    within,
  );
  try {
    const {
      statusCode,
      headers: received,
      body: content,
    } = await client.send(url, {
      ...{ method, headers, body },
      signal: deadline.signal,
    });
    if (!receive || statusCode !== 200)
      return { http: statusCode, headers: received, text: await textOf(content) };
    // What is left unread would hold the connection, and the process.
    await receive(content).finally(() => content.on('error', () => {}).destroy());
    return { http: statusCode, headers: received, text: '' };
  } catch (error) {
    throw unanswered(request, error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(content: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error(`the answer is longer than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unanswered({ url, advice }: HttpRequest, error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNREFUSED') return new Failure(`nothing listens at ${url.origin}: ${advice}`);
  const reason = /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(error.code ?? '')
    ? `no answer within ${outgoingTimeouts.call.silenceMs / 1_000} s`
    : error.message || error.code;
  return new Failure(`${url.origin} did not answer: ${reason}`);
}
