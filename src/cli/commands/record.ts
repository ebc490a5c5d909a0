import { createWriteStream, type WriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { loadRoutes, seenOf } from '../../proxy/recording/passed.ts';
import { startProxy } from '../../proxy/recording/proxy.ts';
import { compose } from '../../runs/recording/compose.ts';
import { exchangeLine, heading } from '../../runs/recording/file.ts';
import { createRedactor } from '../../runs/recording/redact.ts';
import { createRun } from '../../runs/recording/run.ts';
import { reportFormats } from '../../runs/report/formats.ts';
import { missingFrom, reportOf } from '../../runs/report/report.ts';
import { formatNamed } from '../sandbox/report.ts';
import type { Terminal } from '../terminal.ts';

interface RecordFlags {
  readonly upstream: string;
  readonly port: string;
  readonly host: string;
  readonly out?: string;
  readonly report?: string | true;
  readonly name: string;
}

export const summary = 'pass requests on to another server, and record them without secrets';

export function define(command: Command, terminal: Terminal): void {
  command
    .requiredOption(
      '--upstream <url>',
      'the server to pass requests on to, such as https://acme.api.accelo.com',
    )
    .option('--port <number>', 'where to listen (4290; 0 takes a free one)', '4290')
    .option('--host <address>', 'address to listen on; whoever reaches it reaches the upstream', '127.0.0.1')
    .option('--out <file>', 'write each exchange to a new file, one JSON object a line')
    .option('--report [format]', 'at the end print what the client did wrong: text, junit, sarif or json')
    .option('--name <name>', 'what the report calls this run', 'record')
    .action((flags: RecordFlags) => record(terminal, flags));
}

/** Bytes of a file of exchanges, after which no more are written. */
const largestFile = 2 ** 30;

async function record(terminal: Terminal, flags: RecordFlags): Promise<void> {
  const upstream = upstreamOf(flags.upstream);
  const port = Number(flags.port);
  if (!/^\d+$/.test(flags.port) || port > 65_535)
    throw new BadUsage(`--port is "${flags.port}": a number from 0 to 65535 is wanted`);
  const format =
    flags.report === undefined
      ? flags.out === undefined
        ? 'text'
        : undefined
      : formatNamed(flags.report === true ? 'text' : flags.report);
  const started = Date.now();
  const routes = await loadRoutes();
  const redactor = createRedactor();
  const run = createRun(flags.name, started);
  const file = flags.out === undefined ? undefined : await created(flags.out);
  let written = 0;
  let failed: string | undefined;
  file?.on('error', (error) => {
    failed ??= error.message;
  });
  const write = (line: string): void => {
    if (!file || failed !== undefined) return;
    written += Buffer.byteLength(line);
    if (written > largestFile) failed = `it has reached ${largestFile} bytes`;
    else file.write(line);
  };
  write(heading({ name: flags.name, started, upstream: upstream.origin }));

  /** One after the other, so that a file has them in the order of the answers. */
  let last: Promise<void> = Promise.resolve();
  const proxy = await startProxy(upstream, port, flags.host, (passed) => {
    last = last
      .then(async () => {
        const exchange = compose(await seenOf(passed, routes), redactor);
        run.add(exchange);
        write(exchangeLine(exchange));
      })
      .catch(() => run.miss());
  }).catch(async (error: NodeJS.ErrnoException) => {
    // Nothing is in it yet, and the next try is to find the name free.
    file?.destroy();
    if (flags.out !== undefined) await rm(flags.out, { force: true });
    if (error.code === 'EADDRINUSE')
      throw new Failure(`port ${port} is in use: end what listens there, or choose another with --port`);
    if (error.code === 'EACCES')
      throw new Failure(`port ${port} may not be opened by this user: choose one above 1023 with --port`);
    throw new Failure(`nothing can listen at ${flags.host}: check --host (${error.message})`);
  });
  terminal.remark(
    `Passing on http://${flags.host.includes(':') ? `[${flags.host}]` : flags.host}:${proxy.port} to ${upstream.origin}; end with Ctrl-C.`,
  );

  await ending();
  await proxy.close();
  await last;
  run.end(Date.now());
  for (const line of missingFrom(run.state)) terminal.remark(line);
  if (file) {
    file.end();
    await finished(file).catch(() => {});
    if (failed !== undefined) terminal.remark(`${flags.out} does not have all: ${failed}`);
  }
  if (format !== undefined)
    terminal.stdout.write(reportFormats[format].write(await reportOf(run.state, run.recorded), flags.out));
}

/** Resolves at the first signal to end; the second ends at once. */
const ending = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

function upstreamOf(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new BadUsage(`--upstream is "${url}": a URL such as https://acme.api.accelo.com is wanted`);
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.username !== '' || parsed.password !== '')
    throw new BadUsage('--upstream is an origin: scheme, host and port, with no path, query or credentials');
  return parsed;
}

/** Readable by its owner only; never one that is there already. */
async function created(path: string): Promise<WriteStream> {
  const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? new Failure(`${path} is there already: remove it, or name another file with --out`)
      : new Failure(`${path} cannot be written: ${error.message}`);
  });
  return createWriteStream(path, { fd: handle });
}
