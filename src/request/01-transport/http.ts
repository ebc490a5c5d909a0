import { setMaxListeners } from 'node:events';
import type { Files } from '../../files/files.ts';
import { HttpListener, type ListenerLimits, type Listening } from '../../http/listen.ts';
import { parseRanges } from '../../identity/address.ts';
import { Exchanges, type Respond, type Unreadable } from './exchanges.ts';

export interface TransportOptions {
  /** PEM. */
  readonly tls?: ListenerLimits['tls'];
  /** CIDR ranges or addresses; `X-Forwarded-For`, `-Proto` and `-Host` are believed only from these. */
  readonly trustedProxies: readonly string[];
  /** Bytes; 1 MiB by default. */
  readonly bodyLimit?: number | undefined;
  /** Bytes of a multipart body; 50 MiB by default. */
  readonly uploadLimit?: number | undefined;
  /** Where uploads wait; without it no file is taken. */
  readonly files?: Pick<Files, 'put'> | undefined;
  /** Milliseconds from the first byte to the end of the headers; 10,000 by default. */
  readonly headersTimeout?: number | undefined;
  /** Milliseconds from the first byte to the end of the body; 30,000 by default. */
  readonly requestTimeout?: number | undefined;
  /** The same for a multipart body; 300,000 by default, and never less than the others have. */
  readonly uploadTimeout?: number | undefined;
  /** Milliseconds that `close` waits for what is in flight; 10,000 by default. */
  readonly grace?: number | undefined;
}

export interface Transport {
  /** Port 0 takes a free one. `localhost` listens on every loopback address that has that name. */
  listen(port: number, host: string): Promise<Listening>;
  /** Stops accepting, ends idle connections, finishes what is in flight within the grace time, then cuts off the rest. */
  close(): Promise<void>;
}

/**
 * Reads requests and writes answers on the one listener of `http/listen.ts`. No framework: routes, parsing and answers are the stages' own, and
 * nothing else (error pages, 404s, header case) may reach a caller.
 */
export function serve(options: TransportOptions, respond: Respond, unreadable: Unreadable): Transport {
  const { bodyLimit = 1024 * 1024, uploadLimit = 50 * 1024 * 1024, grace = 10_000, tls } = options;
  const { headersTimeout = 10_000, requestTimeout = 30_000, trustedProxies, files } = options;
  const uploadTimeout = Math.max(options.uploadTimeout ?? 300_000, requestTimeout);
  const ending = new AbortController();
  // Each answer that is delayed by a fault listens.
  setMaxListeners(0, ending.signal);
  const listener = new HttpListener(
    {
      tls,
      headersTimeoutMs: Math.min(headersTimeout, requestTimeout),
      // Node has one limit for all requests, the longest; that of each request is kept in exchanges.ts.
      requestTimeoutMs: uploadTimeout,
      graceMs: grace,
    },
    new Exchanges({
      files,
      timeouts: { bodyMs: requestTimeout, uploadMs: uploadTimeout },
      limits: { bodyLimit, uploadLimit },
      trusted: parseRanges(trustedProxies),
      respond,
      unreadable,
      ending: ending.signal,
    }),
  );
  return {
    listen: (port, host) => listener.listen(port, host),
    close: () => {
      ending.abort();
      return listener.close();
    },
  };
}
