import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Catalogue, loadCatalogue } from '../catalogue/catalogue.ts';
import { BadUsage, Failure } from '../contract/failure.ts';
import { type Deployment, listDeployments } from '../identity/deployments.ts';
import { type Config, readConfig } from '../server/config.ts';
import { openDatabase } from '../server/database.ts';
import type { Store } from '../store/store.ts';
import { causeText } from './failure.ts';
import type { Environment, Terminal } from './terminal.ts';

/** The flags of every command that reads or writes the store. */
export interface StoreFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly deployment?: string;
  readonly sandbox?: boolean;
}

export interface Opened {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly config: Config;
  /** Unix seconds. */
  readonly now: number;
}

export interface OpenedDeployment extends Opened {
  readonly deployment: Deployment;
}

export const withStoreOptions = (command: Command): Command =>
  command
    .option('--data <dir>', 'folder of the embedded database (./data; ACCORD_DATA)')
    .option('--database-url <url>', 'postgres://… instead of the embedded database (ACCORD_DATABASE_URL)');

export const withDeploymentOptions = (command: Command): Command =>
  withStoreOptions(command).option(
    '--deployment <name>',
    'which deployment, when there are several (ACCORD_DEPLOYMENT)',
  );

/** A repeatable option's values, in order. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

// Variables that only a server needs must not stop a command that has no use for them.
const variableNames = ['ACCORD_DATA', 'ACCORD_DATABASE_URL', 'ACCORD_SANDBOX', 'NODE_ENV'] as const;

export function configFor(flags: StoreFlags, variables: Environment): Config {
  const environment = Object.fromEntries(variableNames.map((name) => [name, variables[name]]));
  const config = readConfig(
    { data: flags.data, 'database-url': flags.databaseUrl, sandbox: flags.sandbox },
    environment,
  );
  if (config.databaseUrl === undefined && config.data === ':memory:') {
    throw new BadUsage('--data :memory: keeps nothing that a command could see: name a folder');
  }
  return config;
}

/** Where a store is, without what a URL may hold of secrets. */
export function placeOf({ databaseUrl, data }: Config): string {
  if (databaseUrl === undefined) return data;
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

/** A new database gets all its tables first, which takes a busy machine a while. */
const readyTimeoutMs = { usual: 5_000, creates: 60_000 };

/**
 * Runs work on the store, beside a running server if there is one, and lets go of it. Unless it `creates`, a database that does not exist
 * is a mistyped flag and is not made.
 */
export async function withStore<T>(
  terminal: Terminal,
  flags: StoreFlags,
  work: (opened: Opened) => Promise<T>,
  creates = false,
): Promise<T> {
  const config = configFor(flags, terminal.environment);
  if (!creates && config.databaseUrl === undefined && !existsSync(join(config.data, 'accord.db'))) {
    throw new Failure(
      `there is no database in ${config.data}: name its folder with --data, or create one with accord deployment create NAME`,
    );
  }
  const catalogue = await loadCatalogue();
  let last: unknown;
  const note = (error: unknown): void => {
    last = error;
  };
  // Indices that may take minutes are the server's to build.
  const store = await openDatabase(config, catalogue, { onWait: note, missing: 'leave' });
  try {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new Failure(
              `the database at ${placeOf(config)} cannot be reached${causeText(last)}: see that it runs`,
            ),
          ),
        creates ? readyTimeoutMs.creates : readyTimeoutMs.usual,
      );
    });
    await Promise.race([store.ready, late]).finally(() => clearTimeout(timer));
    return await work({ store, catalogue, config, now: terminal.nowSeconds() });
  } finally {
    await store.close();
  }
}

/** As `withStore`, within the deployment that the flags name, or the only one there is. */
export const withDeployment = <T>(
  terminal: Terminal,
  flags: StoreFlags,
  work: (opened: OpenedDeployment) => Promise<T>,
): Promise<T> =>
  withStore(terminal, flags, async (opened) =>
    work({ ...opened, deployment: await choose(opened, flags, terminal.environment) }),
  );

async function choose(
  { store, config }: Opened,
  flags: StoreFlags,
  environment: Environment,
): Promise<Deployment> {
  const all = await listDeployments(store);
  const wanted = flags.deployment ?? environment.ACCORD_DEPLOYMENT;
  const names = all.map(({ name }) => name);
  if (all.length === 0)
    throw new Failure(
      `there is no deployment in ${placeOf(config)} yet: create one with accord deployment create NAME`,
    );
  if (wanted === undefined || wanted === '') {
    if (all.length > 1)
      throw new BadUsage(
        `there are ${all.length} deployments: name one with --deployment (${listOf(names)})`,
      );
    return all[0] as Deployment;
  }
  const found = all.find(({ name }) => name === wanted);
  if (!found) throw new Failure(`there is no deployment named ${wanted}: there is ${listOf(names)}`);
  return found;
}

const namesMax = 20;

const listOf = (names: readonly string[]): string =>
  names.length > namesMax
    ? `${names.slice(0, namesMax).join(', ')} and ${names.length - namesMax} more: accord deployment list`
    : names.join(', ');
