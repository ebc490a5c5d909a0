import type { Stored } from '../catalogue/kinds/kind.ts';
import type { CellRow, Engine, EngineSession, Statement } from './engines/engine.ts';
import type { Bound, Query } from './query.ts';
import type { QueryRunner, RowSource } from './query-runner.ts';
import type { RowStatements } from './row-statements.ts';
import type { DeploymentCopying, Reading, RowQuery, Values, Where, Writing } from './store.ts';
import { clashOf } from './store-errors.ts';
import { whereValues } from './where.ts';

/** What a session of the engine needs to be read from and written to by column. */
export interface SessionTools {
  readonly engine: Engine;
  readonly queries: QueryRunner;
  readonly statements: RowStatements;
}

async function listRows(
  { statements }: SessionTools,
  session: RowSource,
  deployment: number,
  { table, columns, where = {}, limit }: RowQuery,
): Promise<Values[]> {
  const values = whereValues(deployment, where);
  const statement = statements.list(table, columns, where, values.length);
  const rows = await session.rows(statement, [...values, limit]);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] as Stored])));
}

export function readingOn(tools: SessionTools, session: RowSource): Reading {
  const { queries } = tools;
  const select = (deployment: number, query: Query): Promise<CellRow[]> =>
    queries.run(session, deployment, query);
  return {
    select,
    count: async (deployment, query) => Number((await select(deployment, query))[0]?.[0]),
    list: (deployment, rows) => listRows(tools, session, deployment, rows),
    find: async (deployment, table, columns, where) =>
      (await listRows(tools, session, deployment, { table, columns, where, limit: 1 }))[0],
  };
}

export function writingOn(tools: SessionTools, session: EngineSession): Writing {
  const { engine, statements } = tools;
  const run = async (statement: Statement, values: readonly Bound[]): Promise<number> => {
    try {
      return await session.run(statement, values);
    } catch (error) {
      throw clashOf(engine, error);
    }
  };
  const locks = async (deployment: number, table: string, where: Where, lock: string): Promise<boolean> =>
    (await session.rows(statements.locked(table, where, lock), whereValues(deployment, where))).length > 0;
  return {
    ...readingOn(tools, session),
    nextId: (deployment, table) => session.nextId(deployment, table),
    insert: async (deployment, table, values) => {
      const statement = statements.insert(table, Object.keys(values));
      try {
        await session.run(statement, [deployment, ...Object.values(values)]);
      } catch (error) {
        throw clashOf(engine, error);
      }
    },
    upsert: async (deployment, table, values) => {
      const statement = statements.upsert(table, Object.keys(values));
      await run(statement, [deployment, ...Object.values(values)]);
    },
    update: async (deployment, table, where, values) => {
      const columns = Object.keys(values);
      if (columns.length === 0) return 0;
      const statement = statements.update(table, columns, where);
      return run(statement, [
        deployment,
        ...Object.values(values),
        ...whereValues(deployment, where).slice(1),
      ]);
    },
    remove: async (deployment, table, where) =>
      session.run(statements.remove(table, where), whereValues(deployment, where)),
    holds: (deployment, table, where) => locks(deployment, table, where, engine.dialect.shareLock),
    claim: (deployment, table, where) => locks(deployment, table, where, engine.dialect.changeLock),
    skipIds: (deployment, table, last) => session.skipIds(deployment, table, last),
  };
}

export function copyingOn(tools: SessionTools, session: EngineSession): DeploymentCopying {
  const { engine, statements } = tools;
  return {
    ...writingOn(tools, session),
    copy: (from, to, table) =>
      session.run(statements.copy(table), [from, to]).catch((error: unknown) => {
        throw clashOf(engine, error);
      }),
    copyIds: (from, to, tables) => session.copyIds(from, to, tables),
    forgetIds: (deployment) => session.forgetIds(deployment),
  };
}
