import { defineTable } from '../store/schema.ts';
import { Clash, type Reading, type Store, type Writing } from '../store/store.ts';

const directory = 0;

/** Every name that a deployment was ever given: a host that is served no more can be told from one that never was. Forks of a sandbox leave none. */
export const pastNamesTable = defineTable('deployment_names', ['name'], ['name!', 'date_given#!']);

/** Whether a deployment of this name was ever here. */
export async function wasDeployment(store: Reading, name: string): Promise<boolean> {
  return (await store.find(directory, 'deployment_names', ['name'], { name })) !== undefined;
}

/** With the deployment's own row, in its transaction. A name may be given again. `now` in unix seconds. */
export async function keepName(writing: Writing, name: string, now: number): Promise<void> {
  const known = await writing.find(directory, 'deployment_names', ['name'], { name });
  if (!known) await writing.insert(directory, 'deployment_names', { name, date_given: now });
}

/** Names that were given before they were kept. */
export async function keepNames(store: Store, now: number): Promise<void> {
  const kept = await store.list(directory, {
    table: 'deployment_names',
    columns: ['name'],
    limit: 1_000_000,
  });
  const known = new Set(kept.map(({ name }) => name));
  const given = await store.list(directory, { table: 'deployments', columns: ['name'], limit: 1_000_000 });
  const missing = given.map(({ name }) => name as string).filter((name) => !known.has(name));
  if (missing.length === 0) return;
  await store
    .within(async (writing) => {
      for (const name of missing) await keepName(writing, name, now);
    })
    // Another process that starts too was faster.
    .catch((error: unknown) => {
      if (!(error instanceof Clash)) throw error;
    });
}
