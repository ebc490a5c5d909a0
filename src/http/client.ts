import type { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { type ConnectionOptions, connectorFor } from './connector.ts';

export interface HttpClientOptions extends ConnectionOptions {
  /** Milliseconds without a byte of the answer. */
  readonly silenceMs: number;
  /** Whether the proxy of the environment is used where Node is told to (NODE_USE_ENV_PROXY). No by default: the operator names the host. */
  readonly environmentProxy?: true;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
  readonly signal?: AbortSignal;
}

type Loaded = { readonly agent: Dispatcher; readonly request: typeof import('undici').request };

/**
 * The one client for requests to other servers, on undici. Redirects are not followed. Undici is loaded at the first request: a server
 * that sends none does not pay for it.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  #loaded: Promise<Loaded> | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Sends one request; resolves when the head of the answer is there. Its body must be read or dumped. */
  async send(
    url: string | URL,
    { body, ...more }: OutgoingRequest,
  ): Promise<Dispatcher.ResponseData<unknown>> {
    this.#loaded ??= load(this.#options);
    const { agent, request } = await this.#loaded;
    return request(url, { ...more, body: body ?? null, dispatcher: agent } as Parameters<typeof request>[1]);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    if (this.#loaded) await (await this.#loaded).agent.destroy();
  }
}

async function load(options: HttpClientOptions): Promise<Loaded> {
  const { Agent, EnvHttpProxyAgent, buildConnector, request } = await import('undici');
  const { silenceMs } = options;
  const settings: Agent.Options = {
    // As many connections to a host as there are requests: with a bound, slow addresses would hold up others there.
    pipelining: 1,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connect: connectorFor(buildConnector, options),
  };
  const agent =
    options.environmentProxy && usesEnvironmentProxy()
      ? new EnvHttpProxyAgent(settings)
      : new Agent(settings);
  return { agent, request };
}

/** As Node decides it for its own clients. */
const usesEnvironmentProxy = (): boolean =>
  process.env.NODE_USE_ENV_PROXY === '1' ||
  [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')].includes('--use-env-proxy');
