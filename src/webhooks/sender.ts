import { createHmac } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, buildConnector } from 'undici';
import { isLoopback, isPublic } from '../identity/address.ts';
import type { DeliveryAnswer, DeliveryMessage } from './message.ts';

export interface SenderOptions {
  /** Milliseconds for all of it: name, connection, request and the head of the answer. */
  readonly timeout: number;
  readonly allowPrivate: boolean;
  /** Of what is not public, this machine only: for a sandbox. */
  readonly allowLoopback?: boolean;
  /** The system's resolver by default. */
  readonly lookup?: LookupFunction;
}

export interface Sender {
  /** Posts a message; never rejects. Redirects are not followed. */
  send(message: DeliveryMessage): Promise<DeliveryAnswer>;
  close(): Promise<void>;
}

/** Of an answer that is read to its end, so that the connection can be used again. */
const answerBytesMax = 16_384;
const answerTimeoutMs = 1_000;

class NotPublic extends Error {
  override readonly name = 'NotPublic';
}

/** Posts events by undici. Addresses are checked when a connection is made, so that a name cannot resolve to another address after the check. */
export function createSender({
  timeout,
  allowPrivate,
  allowLoopback = false,
  lookup = systemLookup,
}: SenderOptions): Sender {
  let loaded: Promise<{ agent: Agent; request: typeof import('undici').request }> | undefined;
  // Loaded at the first delivery: a server without subscriptions never needs it.
  const load = () => {
    loaded ??= import('undici').then(({ Agent, buildConnector, request }) => ({
      request,
      // As many connections to a host as there are deliveries: with a limit, one tenant's slow addresses would hold up everybody else who posts there.
      agent: new Agent({
        pipelining: 1,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        connect: connector(buildConnector, { timeout, allowPrivate, allowLoopback, lookup }),
      }),
    }));
    return loaded;
  };

  async function post(message: DeliveryMessage): Promise<number> {
    const { agent, request } = await load();
    const signal = AbortSignal.timeout(timeout);
    const body = deliveryBody(message);
    const { statusCode, body: answer } = await request(message.url, {
      method: 'POST',
      dispatcher: agent,
      headers: headersOf(message, body),
      body,
      signal,
    });
    // Its body does not matter; a receiver that never ends its answer has answered all the same.
    answer.on('error', () => {});
    await answer
      .dump({ limit: answerBytesMax, signal: AbortSignal.timeout(answerTimeoutMs) })
      .catch(() => {});
    return statusCode;
  }

  return Object.freeze<Sender>({
    send: async (message) => {
      const started = performance.now();
      const since = (): number => Math.round(performance.now() - started);
      try {
        const http = await post(message);
        return { http, problem: null, ms: since() };
      } catch (error) {
        return { http: null, problem: problemOf(error, timeout), ms: since() };
      }
    },
    close: async () => {
      if (loaded) await (await loaded).agent.destroy();
    },
  });
}

function connector(
  build: typeof buildConnector,
  { timeout, allowPrivate, allowLoopback, lookup }: Required<SenderOptions>,
): buildConnector.connector {
  if (allowPrivate) return build({ timeout, lookup });
  const allowed = (address: string): boolean => isPublic(address) || (allowLoopback && isLoopback(address));
  const connect = build({ timeout, lookup: only(allowed, lookup) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // An address is connected to without a lookup.
    if (isIP(host) !== 0 && !allowed(host)) return callback(new NotPublic(host), null);
    connect(options, callback);
  };
}

/** A lookup that finds allowed addresses only. */
const only =
  (isAllowed: (address: string) => boolean, lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const all = Array.isArray(found) ? found : [];
      const allowed = all.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (!first) return callback(new NotPublic(hostname), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });

/** The exact bytes that are posted and signed. */
export const deliveryBody = ({ contentType, objectId, resourceUrl }: DeliveryMessage): string => {
  const payload = { id: String(objectId), resource_url: resourceUrl };
  return contentType === 'application/json'
    ? JSON.stringify(payload)
    : new URLSearchParams(payload).toString();
};

/** `X-Hub-Signature` is that of PubSubHubbub 0.4 (section 8), which the name is from: `sha1=` and the hex digest. The other header is Accord's own. */
function headersOf(
  { event, delivery, contentType, secret }: DeliveryMessage,
  body: string,
): Record<string, string> {
  const digest = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, secret ?? '')
      .update(body)
      .digest('hex')}`;
  return {
    'Content-Type': contentType,
    'User-Agent': 'Accord-Webhooks',
    'X-Accelo-Event': event,
    'X-Accelo-Delivery': delivery,
    ...(secret === null
      ? {}
      : { 'X-Hub-Signature': digest('sha1'), 'X-Hub-Signature-256': digest('sha256') }),
  };
}

function problemOf(error: unknown, timeout: number): string {
  const { name, code, message } = error as Error & { readonly code?: string };
  if (name === 'NotPublic') return 'its host has no public address (--webhook-allow-private)';
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT')) return `no answer within ${timeout} ms`;
  return (code ?? message ?? 'it failed').slice(0, 200);
}
