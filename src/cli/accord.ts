import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { told } from './failure.ts';

interface Subcommand {
  readonly says: string;
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  serve: { says: 'start the server', load: () => import('./commands/serve.ts') },
  deployment: {
    says: 'create, list, disable and enable deployments',
    load: () => import('./commands/deployment.ts'),
  },
  staff: { says: 'create, list and change members of staff', load: () => import('./commands/staff.ts') },
  application: {
    says: 'create, list, rotate, disable and enable applications',
    load: () => import('./commands/application.ts'),
  },
  token: { says: 'issue, list and revoke access tokens', load: () => import('./commands/token.ts') },
  lockout: { says: 'list and clear lockouts', load: () => import('./commands/lockout.ts') },
  webhook: {
    says: 'list webhook subscriptions and what was delivered, deliver again',
    load: () => import('./commands/webhook.ts'),
  },
  sandbox: {
    says: 'move the clock of a sandbox, and whatever else only a sandbox can do',
    load: () => import('./commands/sandbox.ts'),
  },
  load: { says: 'read objects from a file into a deployment', load: () => import('./commands/load.ts') },
  mirror: { says: 'copy a deployment over its API', load: () => import('./commands/mirror.ts') },
  dump: { says: 'write all objects of a deployment', load: () => import('./commands/dump.ts') },
  status: {
    says: 'what a status or a cause means, and what to do',
    load: () => import('./commands/status.ts'),
  },
  explain: { says: 'why a request was answered as it was', load: () => import('./commands/explain.ts') },
  trust: {
    says: 'make a local certificate authority, and have it trusted, for clients with a hard-coded host',
    load: () => import('./commands/trust.ts'),
  },
  proxy: {
    says: 'a proxy that leads clients with a hard-coded host to this server',
    load: () => import('./commands/proxy.ts'),
  },
  call: { says: 'ask a server, and read its status', load: () => import('./commands/call.ts') },
  conform: {
    says: 'where a server differs from the contract of statuses',
    load: () => import('./commands/conform.ts'),
  },
  record: {
    says: 'pass on to another server what clients send, and record it without secrets',
    load: () => import('./commands/record.ts'),
  },
};

// A reader that has enough (`accord dump | head`) is no trouble.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const wanted = words[0] === 'help' ? words[1] : words[0];

const program = new Command('accord')
  .description('A self-hosted server that speaks the Accelo public API.')
  .version(version(), '--version')
  .exitOverride()
  .configureOutput({ outputError: () => {} });

// Secrets that flags may hold are not for everybody who lists the processes.
process.title = wanted && wanted in subcommands ? `accord ${wanted}` : 'accord';

try {
  for (const [name, { says, load }] of Object.entries(subcommands)) {
    const command = program.command(name).description(says);
    // Only the module of the subcommand that is asked for is loaded.
    if (name === wanted) (await load()).define(command);
  }
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) endUsage(error);
  else {
    const { line, code } = told(error);
    process.stderr.write(`accord: ${line}\n`);
    if (process.env.ACCORD_DEBUG === '1') console.error(error);
    // Not at once: what is under way (a connection that closes) ends by itself, and what was printed gets out.
    process.exitCode = code;
  }
}

function endUsage({ code, exitCode, message }: CommanderError): void {
  if (exitCode === 0) return;
  process.exitCode = 2;
  // The help itself was printed already.
  if (code === 'commander.help') return;
  const said = message.replace('error: ', '').replaceAll('\n', ' ');
  process.stderr.write(`accord: ${said}; see ${['accord', ...named(program, words), '--help'].join(' ')}\n`);
}

/** The words that name a command, as far as they do: `sandbox`, `clock`, `set`. */
function named(command: Command, [word, ...rest]: readonly string[]): readonly string[] {
  const found = command.commands.find((each) => each.name() === word);
  return found && word !== undefined ? [word, ...named(found, rest)] : [];
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
