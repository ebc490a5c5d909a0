import { loadCatalogue } from '../catalogue/catalogue.ts';
import { accessToken } from '../identity/secrets.ts';
import { listRequests } from '../observe/request-log.ts';
import { sample, writeSample } from '../sample/sample.ts';
import { isSampleSize, sampleSizes } from '../sample/sizes.ts';
import { start } from '../sandbox/snapshots.ts';
import { readConfig } from '../server/config.ts';
import { type Server, startServer } from '../server/server.ts';
import { prepareInOrder, writeAll } from '../transfer/load-objects.ts';
import { Problems } from '../transfer/problems.ts';
import { objectsOfValue } from '../transfer/read-file.ts';
// Loaded on demand elsewhere: here every start needs them.
import '../sandbox/clock.ts';
import '../sandbox/sandbox.ts';
import '../store/engines/sqlite.ts';
import { sandboxDeployment, secondsOf } from './deployment.ts';
import type { SandboxDeployment, SandboxOptions } from './handle.ts';
import { checkOptions } from './options.ts';

export { tellReads, watch } from '../runs/watch.ts';
export type {
  ForkOptions,
  SandboxApplication,
  SandboxClock,
  SandboxDeployment,
  SandboxExplanation,
  SandboxFault,
  SandboxFaultAdded,
  SandboxMoment,
  SandboxOptions,
  SandboxPerson,
  SandboxRequest,
} from './handle.ts';

const catalogue = await loadCatalogue();

/** Companies of a sample that is enough for most tests. */
const companiesUsual = 10;

/**
 * A sandbox in this process: a server on a free port of the loopback, whose database is in memory, with the deployment `planet-express`. It ends
 * with `close()`, or with the block of an `await using`. Throws an Error fit for people when an option cannot be used.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<SandboxDeployment> {
  checkOptions(options);
  const at = options.clock === undefined ? undefined : secondsOf(options.clock);
  const token = accessToken();
  const config = readConfig(
    {
      port: '0',
      data: ':memory:',
      'log-level': 'silent',
      'webhook-allow-private': true,
      ...(options.rateLimit === undefined ? {} : { 'rate-limit': String(options.rateLimit) }),
      ...options.settings,
      sandbox: true,
      'sandbox-token': token,
      'default-deployment': sample.deployment,
    },
    // The variables of the process that runs the tests are for another server; what is in production has no sandbox.
    { NODE_ENV: process.env.NODE_ENV },
  );
  const server = await startServer(config, { catalogue });
  try {
    await server.world.store.ready;
    await populate(server, options, at);
  } catch (error) {
    await server.close();
    throw error;
  }
  const address = config.host === '127.0.0.1' ? config.host : new URL(server.url).hostname;
  const origin = `${new URL(server.url).protocol}//${address}:${server.port}`;
  const host = `${sample.deployment}.api.localhost:${server.port}`;
  let ended = false;
  const requests = async (name: string) => {
    await server.flush();
    await server.flush();
    const deployment = await server.world.directory(name);
    return deployment ? listRequests(server.world.store, deployment.id) : [];
  };
  const reached = { origin, token, ended: () => ended, requests };
  const sandbox = sandboxDeployment(reached, { name: sample.deployment, host, url: origin }, async () => {
    ended = true;
    await server.close();
  });
  try {
    if (at !== undefined) await sandbox.clock.freeze(at);
    await server.sandbox?.snapshots.save(await deploymentIn(server), start, true);
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return sandbox;
}

/** How many companies the sample is to have; `undefined`: people only. Throws an Error fit for people. */
function companiesOf(wanted: unknown): number | undefined {
  if (wanted === true) return companiesUsual;
  if (wanted === false) return undefined;
  if (typeof wanted === 'string' && isSampleSize(wanted)) return sampleSizes[wanted];
  if (typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 0 && wanted <= 100_000)
    return wanted;
  throw new Error(
    `sample is ${String(wanted)}: true, false, ${Object.keys(sampleSizes).join(', ')} or a number of companies up to 100000 is wanted`,
  );
}

async function populate(
  { world, url }: Server,
  { sample: wanted = true, sampleIds, load = {} }: SandboxOptions,
  at: number | undefined,
): Promise<void> {
  const { store } = world;
  const now = at ?? world.clock(0);
  const { deployment } = await writeSample(
    { world, url },
    { now, companies: companiesOf(wanted), firstId: sampleIds, told: () => {} },
  );
  const problems = new Problems();
  const found = [...objectsOfValue(load, { catalogue, problems })];
  problems.throwIfSome();
  if (found.length === 0) return;
  const quiet = { begin: () => {}, step: () => {} };
  const rows = await prepareInOrder(found, catalogue, deployment, { problems, progress: quiet });
  await writeAll(rows, { store, catalogue, deployment, now }, quiet);
}

async function deploymentIn({ world }: Server) {
  const deployment = await world.directory(sample.deployment);
  if (!deployment) throw new Error(`there is no deployment ${sample.deployment}`);
  return deployment;
}
