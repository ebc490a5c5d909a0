import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Answer } from '../contract/answer.ts';
import type { Verbs } from '../request/08-operation/verbs.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { compose } from './compose.ts';
import type { Config } from './config.ts';
import { listenBeside } from './operators.ts';
import { drain, startUpkeep } from './upkeep.ts';

export interface Server {
  readonly port: number;
  readonly url: string;
  /** Where operators are answered; `undefined`: nowhere. */
  readonly adminUrl: string | undefined;
  readonly world: World;
  /** Only with `--sandbox`. */
  readonly sandbox: Sandbox | undefined;
  /** Writes the entries that the request log still holds, so that they can be looked up. */
  flush(): Promise<void>;
  /** Finishes what is in flight, writes what waits, and closes everything. Resolves to whether the log was written to its end. */
  close(): Promise<boolean>;
}

/** What a caller of `startServer` may replace or add. */
export interface ServerParts {
  /** Unix seconds; by default the system's clock. */
  readonly clock?: (deployment: number) => number;
  readonly catalogue?: Catalogue;
  readonly verbs?: Verbs;
  /** Called with every request that is over. */
  readonly witness?: (trail: Trail, answer: Answer) => void;
  /** Commands that the start page of a sandbox shows, for the origin at which it is reached. */
  readonly lines?: (origin: string) => readonly string[];
}

/** Starts a server and listens. The database may be unreachable: until it is back, requests are answered with HTTP 500. */
export async function startServer(config: Config, parts: ServerParts = {}): Promise<Server> {
  const composition = await compose(config, parts);
  const { transport, tls, world, sandbox, requests } = composition;
  const abort = async (error: unknown): Promise<never> => {
    await transport.close();
    await drain(composition);
    throw error;
  };
  const { port } = await transport.listen(config.port, config.host).catch(abort);
  const admin = await listenBeside(composition).catch(abort);
  const upkeep = startUpkeep(composition);
  const url = `${tls ? 'https' : 'http'}://${publicHost(config.host)}:${port}`;
  await sandbox?.announce(url);
  return Object.freeze<Server>({
    port,
    url,
    adminUrl: admin?.url,
    world,
    sandbox,
    flush: () => requests.flush(),
    close: async () => {
      upkeep.stop();
      await Promise.all([transport.close(), admin?.close()]);
      return drain(composition);
    },
  });
}

/** The name by which people reach an address. */
const publicHost = (host: string): string =>
  ['0.0.0.0', '::', '127.0.0.1'].includes(host) ? 'localhost' : host;
