import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { hostInUrl } from '../../http/hosts.ts';
import { loadRoutes, type Passed, readPassed } from '../../proxy/recording/passed.ts';
import { startRecordingProxy } from '../../proxy/recording/proxy.ts';
import { compose } from '../../runs/recording/compose.ts';
import { exchangeLine, heading } from '../../runs/recording/file.ts';
import { createRedactor } from '../../runs/recording/redact.ts';
import { createRun } from '../../runs/recording/run.ts';
import { type ReportFormatName, reportFormats } from '../../runs/report/formats.ts';
import { missingFrom, reportOf } from '../../runs/report/report.ts';
import { listenFailure, portIn } from '../listening.ts';
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
    .option(
      '--host <address>',
      'address to listen on; everybody who can reach it reaches the upstream',
      '127.0.0.1',
    )
    .option('--out <file>', 'write each exchange to a new file, one JSON object a line')
    .option('--report [format]', 'at the end print what the client did wrong: text, junit, sarif or json')
    .option('--name <name>', 'what the report calls this run', 'record')
    .action((flags: RecordFlags) => record(terminal, flags));
}

const fileBytesMax = 2 ** 30;

async function record(terminal: Terminal, flags: RecordFlags): Promise<void> {
  const upstream = upstreamOf(flags.upstream);
  const port = portIn(flags.port);
  const { host } = flags;
  const format = reportFormat(flags);
  const started = Date.now();
  const routes = await loadRoutes();
  const redactor = createRedactor();
  const run = createRun(flags.name, started);
  const file = flags.out === undefined ? undefined : await createExchangeFile(flags.out);
  file?.write(heading({ name: flags.name, started, upstream: upstream.origin }));

  /** One after the other, so that the file has them in the order of the answers. */
  let last: Promise<void> = Promise.resolve();
  const over = (passed: Passed): void => {
    last = last
      .then(async () => {
        const exchange = compose(await readPassed(passed, routes), redactor);
        run.add(exchange);
        file?.write(exchangeLine(exchange));
      })
      .catch(() => run.miss());
  };
  const proxy = await startRecordingProxy({ upstream, port, host, over }).catch(
    async (error: NodeJS.ErrnoException) => {
      await file?.discard();
      throw listenFailure(error, port, host);
    },
  );
  terminal.remark(
    `Passing on http://${hostInUrl(host)}:${proxy.port} to ${upstream.origin}; end with Ctrl-C.`,
  );
  await ending();
  await proxy.close();
  await last;
  run.end(Date.now());
  for (const line of missingFrom(run.state)) terminal.remark(line);
  const problem = await file?.close();
  if (problem !== undefined) terminal.remark(`${flags.out} is incomplete: ${problem}`);
  if (format !== undefined)
    terminal.stdout.write(reportFormats[format].write(await reportOf(run.state, run.recorded), flags.out));
}

/** Without a file there is always a report. */
function reportFormat({ report, out }: RecordFlags): ReportFormatName | undefined {
  if (report === undefined) return out === undefined ? 'text' : undefined;
  return formatNamed(report === true ? 'text' : report);
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

interface ExchangeFile {
  write(line: string): void;
  /** Resolves to why the file is incomplete; `undefined` when it is complete. */
  close(): Promise<string | undefined>;
  /** Removes it, so that the next run finds the name free. */
  discard(): Promise<void>;
}

/** Creates a file that only its owner can read; never replaces one. Throws `Failure`. */
async function createExchangeFile(path: string): Promise<ExchangeFile> {
  const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? new Failure(`${path} is there already: remove it, or name another file with --out`)
      : new Failure(`${path} cannot be written: ${error.message}`);
  });
  const file = createWriteStream(path, { fd: handle });
  let written = 0;
  let problem: string | undefined;
  file.on('error', (error) => {
    problem ??= error.message;
  });
  return {
    write: (line) => {
      if (problem !== undefined) return;
      written += Buffer.byteLength(line);
      if (written > fileBytesMax) problem = `it has reached ${fileBytesMax} bytes`;
      else file.write(line);
    },
    close: async () => {
      file.end();
      await finished(file).catch(() => {});
      return problem;
    },
    discard: async () => {
      file.destroy();
      await rm(path, { force: true });
    },
  };
}
