import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { trustFiles } from '../../server/trust-files.ts';
import {
  commonNameOf,
  createTrust,
  namesOf,
  readTrust,
  removeTrust,
  type Trust,
} from '../../trust/authority.ts';
import { admits, subtrees } from '../../trust/names.ts';
import { type PlatformName, platforms, stepsFor } from '../../trust/platforms.ts';
import { type Known, type TrustStore, trustStores } from '../../trust/stores.ts';
import { collect } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly data?: string;
  readonly json?: boolean;
}

interface CreateFlags extends Flags {
  readonly host?: readonly string[];
}

interface ShowFlags extends Flags {
  readonly platform?: PlatformName;
}

export const summary =
  'make a local certificate authority and have it trusted, for clients with a hard-coded host';

export function define(command: Command, terminal: Terminal): void {
  const sub = (name: string, says: string): Command =>
    command
      .command(name)
      .description(says)
      .option('--data <dir>', 'folder it is kept in, below trust (./data; ACCORD_DATA)');
  const store = (): Option =>
    new Option('--store <name>', 'only the system’s store, or only those of browsers').choices([
      'system',
      'nss',
    ]);
  sub('create', 'make the authority and a certificate, or renew what is near its end')
    .option('--host <name>', `one more name, below ${subtrees.join(', ')}; repeatable`, collect)
    .option('--json', 'print JSON')
    .action((flags: CreateFlags) => create(terminal, flags));
  sub('show', 'what there is, who trusts it, and how to have it trusted')
    .addOption(new Option('--platform <name>', 'how one platform comes to trust it').choices(platforms))
    .option('--json', 'print JSON')
    .action((flags: ShowFlags) => show(terminal, flags));
  sub('install', 'have this machine trust the authority')
    .addOption(store())
    .action((flags: StoreFlags) => install(terminal, flags));
  sub('uninstall', 'have this machine trust it no longer')
    .addOption(store())
    .action((flags: StoreFlags) => uninstall(terminal, flags));
  sub('remove', 'delete the authority, the certificate and their keys').action((flags: Flags) =>
    remove(terminal, flags),
  );
}

const folderOf = ({ environment }: Terminal, { data }: Flags): string => {
  const named = data || environment.ACCORD_DATA || './data';
  if (named === ':memory:') throw new BadUsage('--data :memory: keeps nothing: name a folder');
  return named;
};

const knownOf = ({ files, authority }: Trust): Known => ({
  file: resolve(files.authority),
  commonName: commonNameOf(authority),
});

function wanted(data: string): Trust {
  const trust = readTrust(data);
  if (!trust) throw new Failure(`there is no authority in ${data}: accord trust create makes one`);
  return trust;
}

async function create(terminal: Terminal, flags: CreateFlags): Promise<void> {
  const names = (flags.host ?? []).map((name) => name.toLowerCase());
  for (const name of names)
    if (!admits(name))
      throw new BadUsage(
        `--host ${name}: the authority may vouch for ${subtrees.join(', ')} and names below them only, with * for the first label at most`,
      );
  const created = await createTrust(folderOf(terminal, flags), names);
  if (flags.json) return terminal.printJson({ ...dataOf(created), made: created.made });
  const { made } = created;
  if (made.authority) terminal.print(`Made ${commonNameOf(created.authority)}, which nothing trusts yet.`);
  else
    terminal.print(
      made.server ? 'Made a new certificate, of the authority that was there.' : 'All is there, and good.',
    );
  printTrust(terminal, created);
  terminal.print(
    `\nHave it trusted: accord trust install, or see accord trust show --platform NAME (${platforms.join(', ')}).`,
  );
  terminal.print('Then: accord serve --trust, or accord proxy for clients with a hard-coded host.');
}

async function show(terminal: Terminal, flags: ShowFlags): Promise<void> {
  const trust = wanted(folderOf(terminal, flags));
  const known = knownOf(trust);
  const shown = flags.platform === undefined ? [usualPlatform()] : [flags.platform];
  const steps = shown.flatMap((platform) => stepsFor(platform, known.file, known.commonName));
  const stores = await trusting(known);
  if (flags.json)
    return terminal.printJson({ ...dataOf(trust), trustedBy: stores.map(({ place }) => place), steps });
  printTrust(terminal, trust);
  terminal.print(
    `  trusted by   ${stores.map(({ place }) => place).join(', ') || 'no store that can be looked into from here, so far'}`,
  );
  for (const { title, trust: lines, undo, remark: more } of steps) {
    terminal.print(`\n${terminal.paint('bold', title)}${more === undefined ? '' : `\n${more}`}`);
    terminal.print(lines.map((line) => `  ${line}`).join('\n'));
    terminal.print(` to undo:\n${undo.map((line) => `  ${line}`).join('\n')}`);
  }
  if (flags.platform === undefined) terminal.print(`\nElsewhere: --platform ${platforms.join('|')}`);
}

const usualPlatform = (): PlatformName =>
  process.platform === 'darwin' ? 'macos' : process.platform === 'win32' ? 'windows' : 'linux';

const dataOf = (trust: Trust) => ({
  authority: {
    name: commonNameOf(trust.authority),
    file: resolve(trust.files.authority),
    sha256: trust.authority.fingerprint256,
    until: trust.authority.validToDate.toISOString(),
    constrainedTo: subtrees,
  },
  certificate: {
    file: resolve(trust.files.server),
    key: resolve(trust.files.serverKey),
    names: namesOf(trust.server),
    until: trust.server.validToDate.toISOString(),
  },
});

function printTrust(terminal: Terminal, trust: Trust): void {
  const { authority, certificate } = dataOf(trust);
  terminal.print(`  authority    ${authority.file}, until ${authority.until.slice(0, 10)}`);
  terminal.print(`  sha256       ${authority.sha256}`);
  terminal.print(
    `  vouches for  names below ${subtrees.join(', ')}, and addresses of this machine; no others`,
  );
  terminal.print(`  certificate  ${certificate.file}, until ${certificate.until.slice(0, 10)}`);
  terminal.print(`  names        ${certificate.names.join(', ')}`);
}

async function trusting(known: Known): Promise<readonly TrustStore[]> {
  const stores = await trustStores();
  const trusts = await Promise.all(stores.map((store) => store.trusts(known)));
  return stores.filter((_, i) => trusts[i]);
}

interface StoreFlags extends Flags {
  readonly store?: TrustStore['name'];
}

async function install(terminal: Terminal, flags: StoreFlags): Promise<void> {
  const known = knownOf(wanted(folderOf(terminal, flags)));
  const stores = (await trustStores()).filter(
    ({ name }) => flags.store === undefined || name === flags.store,
  );
  for (const store of stores) {
    if (await store.trusts(known)) terminal.print(`Trusted already by ${store.place}.`);
    else {
      await store.install(known);
      terminal.print(`Now trusted by ${store.place}.`);
    }
  }
  if (stores.length === 0) noStore(terminal, known, 'trust');
  else
    terminal.print(
      'Node, Python and Java look elsewhere: accord trust show --platform node (python, java, curl).',
    );
}

async function uninstall(terminal: Terminal, flags: StoreFlags): Promise<void> {
  const known = knownOf(wanted(folderOf(terminal, flags)));
  const stores = await trusting(known);
  const chosen = stores.filter(({ name }) => flags.store === undefined || name === flags.store);
  for (const store of chosen) {
    await store.uninstall(known);
    terminal.print(`No longer trusted by ${store.place}.`);
  }
  if (chosen.length > 0) return;
  if ((await trustStores()).length === 0) noStore(terminal, known, 'undo');
  else terminal.print('No store of this machine trusts it.');
}

/** What to paste where nothing can be done from here; the exit code says that nothing was. */
function noStore(terminal: Terminal, { file, commonName }: Known, what: 'trust' | 'undo'): void {
  terminal.exitCode = 1;
  terminal.remark('No store of this machine can be changed from here. To paste:');
  for (const platform of [usualPlatform(), 'firefox'] as const)
    for (const steps of stepsFor(platform, file, commonName))
      terminal.print(
        `\n${terminal.paint('bold', steps.title)}\n${steps[what].map((line) => `  ${line}`).join('\n')}`,
      );
}

async function remove(terminal: Terminal, flags: Flags): Promise<void> {
  const trust = readTrust(folderOf(terminal, flags));
  const files = trustFiles(folderOf(terminal, flags));
  const known = trust && knownOf(trust);
  const stores = known ? await trusting(known) : [];
  await removeTrust(files);
  terminal.print(
    trust ? `Removed ${files.folder}.` : `There was no authority in ${folderOf(terminal, flags)}.`,
  );
  if (!known || stores.length === 0) return;
  terminal.print(
    `It is still trusted by ${stores.map(({ place }) => place).join(', ')}. Its key is gone, so nobody can use it; to undo it:`,
  );
  for (const name of new Set(stores.map(({ name }) => name))) {
    const [first] = stepsFor(name === 'system' ? 'linux' : 'firefox', known.file, known.commonName);
    terminal.print((first?.undo ?? []).map((line) => `  ${line}`).join('\n'));
  }
}
