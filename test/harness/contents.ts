import { tablesOf } from '../../src/server/database.ts';
import type { Tenant } from './world.ts';

/** Everything a deployment has, by table; the request log is written on its own time. */
export async function contents({ world, deployment }: Tenant): Promise<Map<string, string>> {
  const { store, catalogue } = world.server.world;
  const found = new Map<string, string>();
  for (const { name, columns, key } of tablesOf(catalogue)) {
    if (name === 'request_log' || name === 'incidents') continue;
    const rows = await store.list(deployment.id, {
      table: name,
      columns: [...new Set([...key, ...Object.keys(columns)])],
      limit: 1_000,
    });
    found.set(name, JSON.stringify(rows));
  }
  return found;
}

/** How many requests of this hour were counted. */
export async function tally({ world, deployment }: Tenant): Promise<number> {
  const { tallies } = world.server.world;
  const found = await tallies.read(deployment.id, `rate:${Math.floor(world.now / 3_600)}`);
  return found?.count ?? 0;
}
