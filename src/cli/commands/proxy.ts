import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BadUsage } from '../../contract/failure.ts';
import { hostInUrl, isLoopbackHost } from '../../http/hosts.ts';
import { newProof, runLed } from '../../proxy/led-command.ts';
import { createProxy } from '../../proxy/proxy.ts';
import { certificateNames, requireTrust } from '../../trust/authority.ts';
import { matches } from '../../trust/names.ts';
import { endOnSignal, listenFailure, portIn } from '../listening.ts';
import { sandboxOn } from '../ready-lines.ts';
import { collect } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly port?: string;
  readonly host: string;
  readonly to?: string;
  readonly hosts?: readonly string[];
  readonly passThrough?: boolean;
  readonly data?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly prove?: readonly string[];
}

export const summary = 'a proxy that leads clients with a hard-coded host to this server';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('[command...]', 'after --: a command whose requests are led here; the proxy ends with it')
    .option('--port <number>', 'port to listen on (4281; for a command any that is free)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--to <origin>',
      'the server that answers (the sandbox of the data folder, else http://localhost:4280)',
    )
    .option('--hosts <name>', 'which hosts are led to it (*.api.accelo.com); repeatable', collect)
    .option('--pass-through', 'let other hosts through, untouched; else they are refused')
    .option('--data <dir>', 'folder with the certificate of accord trust (./data; ACCORD_DATA)')
    .option('-q, --quiet', 'no line for each request')
    .option('--json', 'print where it listens as JSON')
    .option(
      '--prove <program>',
      'which programs of the command connect: node, python3, ruby, perl, curl, or none to start it without a proof; repeatable',
      collect,
    )
    .addHelpText('after', commandHelp)
    .action((words: readonly string[], flags: Flags) => proxy(terminal, words, flags));
}

const commandHelp = `
accord proxy -- COMMAND … sets what clients of each language read (HTTPS_PROXY, NODE_USE_ENV_PROXY, NODE_EXTRA_CA_CERTS,
SSL_CERT_FILE, …), and then has the program that will connect ask for a host of --hosts. The command is started only if
that request came here:

  node, python3, ruby, perl, curl  the program itself (node: fetch and node:https; python3: urllib, and requests if it is there)
  a script with a first line #!    its interpreter
  npm, npx, yarn, pnpm             the node that a script of this folder's package.json runs, and the one in PATH
  sh, bash, make, env, …           those of node, python3 and curl that are in PATH
  anything else                    nothing can be tried: name what it connects with (--prove node), or --prove none

What is proved is that such a program comes here by its usual means. A library that ignores these variables, or code
that sets a proxy or an agent of its own, is not tried.`;

async function proxy(terminal: Terminal, command: readonly string[], flags: Flags): Promise<void> {
  const { host, passThrough = false } = flags;
  const runs = command.length > 0;
  if (!runs && flags.prove) throw new BadUsage('--prove goes with a command: accord proxy -- COMMAND …');
  if (runs && flags.json)
    throw new BadUsage('--json goes without a command: what the command prints would be mixed up with it');
  const port = portIn(flags.port ?? (runs ? '0' : '4281'));
  const local = isLoopbackHost(host);
  if (!local && passThrough)
    throw new BadUsage(
      `--pass-through on ${host} would let anybody through this machine to anywhere: leave out one of --pass-through and --host`,
    );
  const data = flags.data || terminal.environment.ACCORD_DATA || './data';
  const trust = requireTrust(data);
  const to = originOf(flags.to ?? sandboxOn(data)?.origin ?? 'http://localhost:4280');
  const hosts = hostsOf(flags, trust);
  const proof = newProof();
  let led = 0;
  const running = createProxy({
    hosts,
    to,
    passThrough,
    certificate: {
      cert: readFileSync(trust.files.server, 'utf8'),
      key: readFileSync(trust.files.serverKey, 'utf8'),
      authority: readFileSync(trust.files.authority, 'utf8'),
    },
    ...(runs ? { proof } : {}),
    log: (line, isLed) => {
      if (isLed) led++;
      if (!flags.quiet && !runs) terminal.remark(line);
    },
  });
  const bound = await running.listen(port, host).catch((error: NodeJS.ErrnoException) => {
    throw listenFailure(error, port, host);
  });
  const url = `http://${hostInUrl(host)}:${bound}`;
  if (runs) {
    const code = await runLed({
      remark: (line) => terminal.remark(line),
      ...{ command, url, hosts, to, proof, others: passThrough },
      ...{ authority: resolve(trust.files.authority), programs: flags.prove },
    }).finally(() => running.close());
    const none = `No request came to ${to.origin}: does ${command[0]} connect in a way of its own?`;
    terminal.remark(led === 0 ? none : `${led} ${led === 1 ? 'request' : 'requests'} came to ${to.origin}`);
    process.exit(code);
  }
  endOnSignal(terminal, () => running.close());
  if (!local)
    terminal.remark(
      `Whoever reaches ${host}:${bound} can ask ${to.origin} through it. For this machine alone leave out --host.`,
    );
  if (flags.json) return terminal.printJson({ url, port: bound, to: to.origin, hosts });
  terminal.print(`The proxy listens on ${url} and leads ${hosts.join(', ')} to ${to.origin}`);
  terminal.print(
    `Point a client at it: HTTPS_PROXY=${url} (docs/guides/clients.md has the ways of each language)`,
  );
}

/** The hosts to lead. Throws `BadUsage` for one that the certificate is not good for. */
function hostsOf(flags: Flags, { server }: ReturnType<typeof requireTrust>): readonly string[] {
  const hosts = (flags.hosts ?? ['*.api.accelo.com']).map((name) => name.toLowerCase());
  const names = certificateNames(server);
  for (const name of hosts)
    if (!names.some((known) => matches(name, known) || name === known))
      throw new BadUsage(
        `--hosts ${name}: the certificate is good for ${names.join(', ')}; accord trust create --host NAME adds one`,
      );
  return hosts;
}

function originOf(text: string): URL {
  const url = URL.parse(text);
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.username
  )
    throw new BadUsage(`--to is "${text}": an origin such as http://localhost:4280 is wanted`);
  return url;
}
