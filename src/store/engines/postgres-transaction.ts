import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Bound } from '../query.ts';
import type { CellRow, EngineSession, Statement } from './engine.ts';

const names = new WeakMap<Statement, { name: string }>();

// A statement is named (and so kept by the server) from its second run: one-off filters are not.
function nameOf(statement: Statement): { name?: string } {
  const known = names.get(statement);
  if (known) return { name: known.name };
  names.set(statement, { name: createHash('sha1').update(statement.sql).digest('base64url') });
  return {};
}

export function runStatement(
  client: pg.Pool | pg.ClientBase,
  statement: Statement,
  values: readonly Bound[],
) {
  return client.query<never>({
    ...nameOf(statement),
    text: statement.sql,
    values: statement.slots.map((slot) => values[slot]),
    rowMode: 'array',
  } as pg.QueryArrayConfig);
}

const sessionOn = (client: pg.ClientBase): Pick<EngineSession, 'rows' | 'run'> => ({
  rows: async (statement, values) =>
    (await runStatement(client, statement, values)).rows as unknown as CellRow[],
  run: async (statement, values) => (await runStatement(client, statement, values)).rowCount ?? 0,
});

/** Runs work between `begin` and `commit`, or `rollback`. `onBroken`: the connection is of no more use. */
export async function inTransaction<T>(
  client: pg.ClientBase,
  begin: readonly string[],
  work: (session: Pick<EngineSession, 'rows' | 'run'>) => Promise<T>,
  onBroken: (error: Error) => void,
): Promise<T> {
  try {
    for (const statement of begin) await client.query(statement);
    const value = await work(sessionOn(client));
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch(onBroken);
    throw error;
  }
}
