import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import type { SampleAsked } from '../../sample/sample.ts';
import {
  firstSampleId,
  isSampleSize,
  type SampleSize,
  sampleIdMax,
  sampleSizes,
} from '../../sample/sizes.ts';
import { readConfig } from '../../server/config.ts';
import { type Server, startServer } from '../../server/server.ts';
import { settings } from '../../server/settings.ts';
import { trustFiles } from '../../server/trust-files.ts';
import { failureOf } from '../failure.ts';
import { defineSettings, flagValues } from '../setting-flags.ts';
import type { Terminal } from '../terminal.ts';

export const summary = 'start the server';

export function define(command: Command, terminal: Terminal): void {
  defineSettings(command, settings);
  command
    .option(
      '--sample [size]',
      `with --sandbox: a sample deployment, planet-express: ${Object.keys(sampleSizes).join(', ')} (small)`,
      sampleSize,
    )
    .option(
      '--sample-ids <from>',
      `the id that each resource of the sample begins with (${firstSampleId}); those below are free for accord load`,
      idFrom,
    )
    .option('--json', 'print where it listens as JSON')
    .action((flags: ServeFlags) => serve(terminal, command, flags));
}

function sampleSize(text: string): SampleSize {
  if (isSampleSize(text)) return text;
  throw new InvalidArgumentError(`one of ${Object.keys(sampleSizes).join(', ')} is wanted.`);
}

function idFrom(text: string): number {
  const id = Number(text);
  if (/^\d{1,10}$/.test(text) && id >= 1 && id <= sampleIdMax) return id;
  throw new InvalidArgumentError(`a whole number from 1 to ${sampleIdMax} is wanted.`);
}

interface ServeFlags {
  readonly sample?: SampleSize | true;
  readonly sampleIds?: number;
  readonly json?: boolean;
}

async function serve(
  terminal: Terminal,
  command: Command,
  { sample: wanted, sampleIds: firstId, json }: ServeFlags,
): Promise<void> {
  const sample = wanted === true ? 'small' : wanted;
  const config = readConfig(flagValues(command), terminal.environment);
  if (sample && !config.sandbox)
    throw new BadUsage('--sample is for a sandbox only: give --sandbox too (or ACCORD_SANDBOX=1)');
  if (firstId !== undefined && !sample)
    throw new BadUsage('--sample-ids is about the sample: give --sample too');
  const { authority, server: trusted } = trustFiles(config.data);
  const ours = config.tls?.certFile === trusted;
  if (ours) (await import('../../trust/authority.ts')).requireTrust(config.data);
  // Nothing need trust the authority yet.
  const curl = ours ? `curl -s --cacert '${resolve(authority).replaceAll("'", "'\\''")}'` : 'curl -s';
  const withAuthority = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/^curl -s/, () => curl));
  const { curlLines } = sample ? await import('../../sample/sample.ts') : {};
  const parts = curlLines ? { lines: (origin: string) => withAuthority(curlLines(origin)) } : {};
  const server = await startServer(config, parts).catch(explained);
  closeOnSignal(terminal, server);
  void server.world.store.ready.catch((error: unknown) => giveUp(terminal, server, error));
  const { url, port, adminUrl } = server;
  const asked = sample
    ? await sampleLines(terminal, server, { size: sample, firstId }).catch(async (error: unknown) => {
        await server.close();
        throw error;
      })
    : [];
  const lines = withAuthority(asked);
  if (!config.sandbox) void warnOfSample(terminal, server).catch(() => {});
  const admin = adminUrl === undefined ? {} : { admin: adminUrl };
  if (json) return terminal.printJson({ url, port, ...admin, ...(sample ? { lines } : {}) });
  terminal.print(`Accord listens on ${url}`);
  if (adminUrl !== undefined && !config.sandbox)
    terminal.print(`Metrics and health for operators: ${adminUrl}`);
  if (lines.length > 0)
    terminal.print(
      `\nA sample deployment, planet-express, is there to try. Ask for a token, then list companies:\n\n${lines.join('\n')}\n\nWhat next: ${url} in a browser. Ctrl-C ends it.`,
    );
}

/** Makes the sample deployment, with progress where a person is looking. */
async function sampleLines(
  terminal: Terminal,
  server: Server,
  asked: SampleAsked,
): Promise<readonly string[]> {
  const { provideSample } = await import('../../sample/sample.ts');
  const shown = terminal.stderr.isTTY;
  const lines = await provideSample(server, asked, (progress) => {
    if (shown) terminal.stderr.write(`\r\x1b[KWriting sample data: ${progress}`);
  });
  if (shown) terminal.stderr.write('\r\x1b[K');
  return lines;
}

/** The sample belongs to a sandbox; a folder of one may be served by mistake. */
async function warnOfSample(terminal: Terminal, { world: { store } }: Server): Promise<void> {
  await store.ready;
  if (!(await store.find(0, 'deployments', ['id'], { name: 'planet-express' }))) return;
  const { isOpenToAll, sample } = await import('../../sample/sample.ts');
  if (await isOpenToAll(store))
    terminal.remark(
      `Careful: the sample deployment ${sample.deployment} is served too, and everyone knows its passwords and secrets. ` +
        `End it with: accord deployment disable ${sample.deployment}`,
    );
}

/** The schema cannot be brought up to date, and trying again would not help: a server that can only refuse is none. */
async function giveUp(terminal: Terminal, server: Server, error: unknown): Promise<void> {
  terminal.stderr.write(`accord: ${failureOf(error).line}\n`);
  const logged = await server.close().catch(() => true);
  leave(logged, 1);
}

/** The first signal finishes what is in flight; a second one does not wait. */
function closeOnSignal({ onSignal, exit }: Terminal, server: Server): void {
  let ending = false;
  onSignal(() => {
    if (ending) exit(1);
    ending = true;
    server.close().then(
      (logged) => leave(logged, 0),
      () => exit(1),
    );
  });
}

/** A write to a pipe that nobody reads never ends, and an exit waits for it: only the kernel ends such a process. */
function leave(logged: boolean, code: number): void {
  if (!logged) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

function explained(
  error: NodeJS.ErrnoException & { readonly port?: number; readonly address?: string },
): never {
  // What was opened before it failed must not keep the process.
  setImmediate(() => process.exit());
  if (error.code === 'EADDRINUSE')
    throw new Failure(`port ${error.port} is in use: end what listens there, or choose another with --port`);
  if (error.code === 'EACCES' && error.port)
    throw new Failure(`port ${error.port} may not be opened by this user: choose one above 1023 with --port`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    throw new Failure(`this machine has no such address: check --host (${error.message})`);
  if (error.code === 'ENOENT' && error.path)
    throw new Failure(`${error.path} does not exist: check the paths of the flags`);
  throw error;
}
