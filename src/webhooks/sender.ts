import { createHmac } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { HttpClient } from '../http/client.ts';
import { isLoopbackHost } from '../http/hosts.ts';
import { outgoingTimeouts } from '../http/timeouts.ts';
import { isPublic } from '../identity/address.ts';
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

/** Of an answer, so much is read: then the connection can be used again. */
const answerBytesMax = 16_384;

/** Posts events. Addresses are checked when a connection is made, so that a name cannot resolve to another address after the check. */
export function createSender({
  timeout,
  allowPrivate,
  allowLoopback = false,
  lookup,
}: SenderOptions): Sender {
  const allows = (address: string): boolean =>
    isPublic(address) || (allowLoopback && isLoopbackHost(address));
  const client = new HttpClient({
    connectMs: timeout,
    silenceMs: timeout,
    ...(allowPrivate ? {} : { allows }),
    ...(lookup ? { lookup } : {}),
  });

  async function post(message: DeliveryMessage): Promise<number> {
    const body = deliveryBody(message);
    const { statusCode, body: answer } = await client.send(message.url, {
      method: 'POST',
      headers: headersOf(message, body),
      body,
      signal: AbortSignal.timeout(timeout),
    });
    // The content does not matter. A receiver that never ends its answer has answered all the same.
    answer.on('error', () => {});
    const signal = AbortSignal.timeout(outgoingTimeouts.webhookBodyMs);
    await answer.dump({ limit: answerBytesMax, signal }).catch(() => {});
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
    close: () => client.close(),
  });
}

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
  if (name === 'AddressRefused') return 'its host has no public address (--webhook-allow-private)';
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT')) return `no answer within ${timeout} ms`;
  return (code ?? message ?? 'it failed').slice(0, 200);
}
