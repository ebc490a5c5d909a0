import { hostInUrl } from '../http/hosts.ts';
import { serve, type TransportOptions } from '../request/01-transport/http.ts';
import { type AdminOptions, createAdmin } from './admin.ts';

export interface AdminListenerOptions extends Omit<AdminOptions, 'host'> {
  readonly host: string;
  readonly port: number;
  readonly tls: TransportOptions['tls'];
}

export interface AdminListener {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

const bodyLimit = 64 * 1_024;
/** Milliseconds in which a scrape that is under way may end. */
const grace = 2_000;

/** The listener of operators: as hardened as the public one, for small requests. It trusts no proxy. Rejects where it cannot listen. */
export async function listenForOperators(options: AdminListenerOptions): Promise<AdminListener> {
  const { host, port, tls } = options;
  const { respond, unreadable } = createAdmin(options);
  const limits = { bodyLimit, uploadLimit: bodyLimit, requestTimeout: 10_000, uploadTimeout: 10_000 };
  const transport = serve({ ...limits, tls, grace, trustedProxies: [] }, respond, unreadable);
  const bound = await transport.listen(port, host);
  return {
    port: bound.port,
    url: `${tls ? 'https' : 'http'}://${hostInUrl(host)}:${bound.port}`,
    close: () => transport.close(),
  };
}
