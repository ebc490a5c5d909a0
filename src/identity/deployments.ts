import { Clash, type Reading, type Store, type Values, type Writing } from '../store/store.ts';
import { keepName } from './past-names.ts';

/** One tenant. `statuses` is the generation of the status page it follows (docs/reference/differences.md). */
export interface Deployment {
  readonly id: number;
  /** The first label of its host: `planet-express` in `planet-express.api.localhost`. */
  readonly name: string;
  readonly title: string;
  readonly disabled: boolean;
  readonly statuses: 'older' | 'current';
  readonly currency: string;
  readonly timezone: string;
}

const directory = 0;
const columns = ['id', 'name', 'title', 'disabled', 'statuses', 'currency', 'timezone'] as const;

const deploymentOf = (row: Values): Deployment =>
  Object.freeze({
    id: row.id as number,
    name: row.name as string,
    title: row.title as string,
    disabled: row.disabled === 1,
    statuses: row.statuses === 'current' ? 'current' : 'older',
    currency: row.currency as string,
    timezone: row.timezone as string,
  });

export async function findDeployment(store: Reading, name: string): Promise<Deployment | undefined> {
  const row = await store.find(directory, 'deployments', columns, { name });
  return row && deploymentOf(row);
}

/** Milliseconds for which the directory is believed without another look; a deployment that is disabled is gone after that. */
const fresh = 1_000;
/** Deployments that are remembered; each has a name of a few letters. */
const rememberedMax = 10_000;

export interface Directory {
  /** The deployment of a name. */
  (name: string): Promise<Deployment | undefined>;
  /** The next question about this name is asked of the store. */
  forget(name: string): void;
}

/** The directory as the hot path asks it: every request begins with this question. Hosts that name nothing are never kept. */
export function createDirectory(store: Reading): Directory {
  const known = new Map<string, { readonly deployment: Deployment; readonly until: number }>();
  let forgotten = 0;
  const find = async (name: string): Promise<Deployment | undefined> => {
    const now = performance.now();
    const found = known.get(name);
    if (found && found.until > now) return found.deployment;
    const before = forgotten;
    const deployment = await findDeployment(store, name);
    // What was asked before something was forgotten may be what was to be forgotten.
    known.delete(name);
    if (deployment && before === forgotten) {
      if (known.size >= rememberedMax) known.clear();
      known.set(name, { deployment, until: now + fresh });
    }
    return deployment;
  };
  const forget = (name: string): void => {
    forgotten++;
    known.delete(name);
  };
  return Object.assign(find, { forget });
}

export async function listDeployments(store: Reading): Promise<readonly Deployment[]> {
  const rows = await store.list(directory, { table: 'deployments', columns, limit: 100_000 });
  return rows.map(deploymentOf);
}

/** Whether a text can be the label of a host: 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends. */
export function isHostLabel(name: string): boolean {
  if (name.length === 0 || name.length > 63 || name.startsWith('-') || name.endsWith('-')) return false;
  for (const character of name) {
    if (
      !((character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character === '-')
    )
      return false;
  }
  return true;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export interface NewDeployment {
  readonly name: string;
  readonly title?: string | undefined;
  readonly statuses?: 'older' | 'current' | undefined;
  readonly currency?: string | undefined;
  readonly timezone?: string | undefined;
}

/** Throws an Error fit for people when the name is no host label or is taken. `now` in unix seconds. */
export async function createDeployment(store: Store, given: NewDeployment, now: number): Promise<Deployment> {
  if (!isHostLabel(given.name)) {
    throw new Error(
      `"${given.name}" cannot be part of a host name: use lower-case letters, digits and hyphens, 63 at most`,
    );
  }
  if (given.timezone !== undefined && !isTimeZone(given.timezone))
    throw new Error(
      `"${given.timezone}" is no time zone: use a name such as UTC, Europe/Berlin or America/New_York`,
    );
  try {
    return await store.within(async (writing) => {
      const row: Values = {
        id: await writing.nextId(directory, 'deployments'),
        name: given.name,
        title: given.title ?? given.name,
        disabled: 0,
        statuses: given.statuses ?? 'older',
        currency: given.currency ?? '$',
        timezone: given.timezone ?? 'UTC',
        date_created: now,
      };
      await writing.insert(directory, 'deployments', row);
      await keepName(writing, given.name, now);
      return deploymentOf(row);
    });
  } catch (error) {
    if (error instanceof Clash)
      throw new Error(`a deployment named ${given.name} exists already`, { cause: error });
    throw error;
  }
}

/** Whether there was one to change. */
export async function disableDeployment(store: Store, name: string, disabled: boolean): Promise<boolean> {
  const changed = await store.within((writing) =>
    writing.update(directory, 'deployments', { name }, { disabled: disabled ? 1 : 0 }),
  );
  return changed > 0;
}

/** Of the writes of a deployment that ask for it, one goes on at a time: the others wait for its commit, and see it. */
export const takeTurn = (writing: Writing, deployment: number): Promise<boolean> =>
  writing.claim(directory, 'deployments', { id: deployment });
