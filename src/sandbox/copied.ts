import type { Catalogue } from '../catalogue/catalogue.ts';
import { FileMissing, type Files } from '../files/files.ts';
import type { DeploymentCopying, Reading, Store } from '../store/store.ts';

/** Of the server, not of a deployment: rows of the directory. */
const directory = new Set(['deployments', 'deployment_names', 'incidents', 'sandbox_copies', 'server_keys']);
/** What happened: a copy begins without it, and what is restored keeps it. */
const history = new Set(['request_log']);
/** What is under way: people at the sign-in pages, events on their way to subscribers. No copy has it, and a restore ends it. */
const passing = new Set([
  'sessions',
  'webhook_events',
  'webhook_deliveries',
  'webhook_lanes',
  'webhook_turns',
]);

/** What is done with the rows of each table when a deployment is copied; what is in none of the lists is copied. */
export interface Copied {
  readonly copied: readonly string[];
  readonly passing: readonly string[];
  /** All that a deployment may have rows in. */
  readonly all: readonly string[];
  /** The columns that hold keys of files. */
  readonly contents: readonly Kept[];
  /** The columns that hold where a deployment is reached. */
  readonly origins: readonly Kept[];
}

interface Kept {
  readonly table: string;
  readonly column: string;
}

/** `tables`: the names of all. */
export function copiedOf(tables: readonly string[], { resources }: Catalogue): Copied {
  const kept = (what: 'content' | 'origin'): readonly Kept[] =>
    [...resources.values()].flatMap(({ name, fields, [what]: field }) => {
      const column = field === undefined ? undefined : fields[field]?.column;
      return column === undefined ? [] : [{ table: name, column }];
    });
  const all = tables.filter((name) => !directory.has(name));
  return Object.freeze({
    copied: all.filter((name) => !history.has(name) && !passing.has(name)),
    passing: all.filter((name) => passing.has(name)),
    all,
    contents: kept('content'),
    origins: kept('origin'),
  });
}

/** Gives `to`, which has none, the rows and the next ids of `from`. */
export async function copyRows(copying: DeploymentCopying, { copied }: Copied, from: number, to: number) {
  for (const table of copied) await copying.copy(from, to, table);
  await copying.copyIds(from, to, copied);
}

/** Makes the rows of `to` those of `from`. */
export async function replaceRows(copying: DeploymentCopying, tables: Copied, from: number, to: number) {
  for (const table of [...tables.copied, ...tables.passing]) await copying.remove(to, table, {});
  await copyRows(copying, tables, from, to);
}

/** What leads to where the rows were copied from leads to `url` from now on. */
export async function rehome(store: Store, { origins }: Copied, deployment: number, url: string) {
  await store.within(async (writing) => {
    for (const { table, column } of origins) await writing.update(deployment, table, {}, { [column]: url });
  });
}

/** Nothing of the deployment is left. */
export async function clearRows(copying: DeploymentCopying, { all }: Copied, deployment: number) {
  for (const table of all) await copying.remove(deployment, table, {});
  await copying.forgetIds(deployment);
}

const most = 1_000_000;

/** The keys of the contents that rows of a deployment lead to. */
export async function keysOf(
  store: Reading,
  { contents }: Copied,
  deployment: number,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (const { table, column } of contents)
    for (const { [column]: key } of await store.list(deployment, { table, columns: [column], limit: most }))
      if (typeof key === 'string') keys.add(key);
  return [...keys];
}

const atOnce = 16;

/** Gives `to` these files of `from`. A row may have been loaded without its file. */
export async function copyFiles(
  files: Files,
  from: number,
  to: number,
  keys: readonly string[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += atOnce)
    await Promise.all(
      keys.slice(at, at + atOnce).map((key) =>
        files.copy(from, to, key).catch((error: unknown) => {
          if (!(error instanceof FileMissing)) throw error;
        }),
      ),
    );
}
