import { type RawBuilder, sql } from 'kysely';
import type { Statement } from './engines/engine.ts';
import type { Table } from './schema.ts';
import { deploymentSlot, slot, statementOf } from './statement.ts';
import type { StatementCache } from './statement-cache.ts';
import type { Where } from './store.ts';
import { whereClause, whereShape } from './where.ts';

/** The statements for rows by column: slot 0 is the deployment, the values of columns follow, then those of conditions. */
export class RowStatements {
  readonly #cache: StatementCache;
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #columns: ReadonlyMap<string, readonly string[]>;

  constructor(cache: StatementCache, tables: readonly Table[]) {
    this.#cache = cache;
    this.#keys = new Map(tables.map(({ name, key }) => [name, key]));
    this.#columns = new Map(tables.map(({ name, columns }) => [name, Object.keys(columns)]));
  }

  /** In the order of the table's key. The limit is the last slot. */
  list(table: string, columns: readonly string[], where: Where, limitSlot: number): Statement {
    return this.#cache.keep(`list ${table} ${columns} ${whereShape(where)}`, () => {
      const order = this.#keyOf(table).map((name) => sql.ref(name));
      return this.#compiled(sql`select ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)} ${whereClause(where, 1)}
            order by ${sql.join(order)} limit ${this.#cache.dialect.bound(slot(limitSlot))}`);
    });
  }

  insert(table: string, columns: readonly string[]): Statement {
    return this.#cache.keep(`insert ${table} ${columns}`, () => this.#compiled(insertInto(table, columns)));
  }

  upsert(table: string, columns: readonly string[]): Statement {
    return this.#cache.keep(`upsert ${table} ${columns}`, () => {
      const key = this.#keyOf(table);
      const sets = columns
        .filter((name) => !key.includes(name))
        .map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
      const taken = sql.join(['deployment_id', ...key].map((name) => sql.ref(name)));
      return this.#compiled(
        sql`${insertInto(table, columns)} on conflict (${taken}) do update set ${sql.join(sets)}`,
      );
    });
  }

  update(table: string, columns: readonly string[], where: Where): Statement {
    return this.#cache.keep(`update ${table} ${columns} ${whereShape(where)}`, () => {
      const sets = columns.map((name, i) => sql`${sql.ref(name)} = ${slot(i + 1)}`);
      return this.#compiled(
        sql`update ${sql.table(table)} set ${sql.join(sets)} ${whereClause(where, columns.length + 1)}`,
      );
    });
  }

  remove(table: string, where: Where): Statement {
    return this.#cache.keep(`delete ${table} ${whereShape(where)}`, () =>
      this.#compiled(sql`delete from ${sql.table(table)} ${whereClause(where, 1)}`),
    );
  }

  /** `lock` follows the condition. */
  locked(table: string, where: Where, lock: string): Statement {
    return this.#cache.keep(`locked${lock} ${table} ${whereShape(where)}`, () =>
      this.#compiled(sql`select 1 from ${sql.table(table)} ${whereClause(where, 1)}${sql.raw(lock)}`),
    );
  }

  /** Copies the rows of the deployment to that of slot 1. */
  copy(table: string): Statement {
    return this.#cache.keep(`copy ${table}`, () => {
      const names = (this.#columns.get(table) ?? []).map((name) => sql.ref(name));
      const target = sql`cast(${slot(1)} as ${sql.raw(this.#cache.dialect.types.integer)})`;
      return this.#compiled(sql`insert into ${sql.table(table)} (${sql.join([sql.ref('deployment_id'), ...names])})
              select ${sql.join([target, ...names])} from ${sql.table(table)} where deployment_id = ${deploymentSlot}`);
    });
  }

  #keyOf(table: string): readonly string[] {
    return this.#keys.get(table) ?? [];
  }

  #compiled(built: RawBuilder<unknown>): Statement {
    return statementOf(built, this.#cache.dialect);
  }
}

function insertInto(table: string, columns: readonly string[]): RawBuilder<unknown> {
  const names = ['deployment_id', ...columns].map((name) => sql.ref(name));
  const slots = names.map((_, i) => sql`${slot(i)}`);
  return sql`insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(slots)})`;
}
