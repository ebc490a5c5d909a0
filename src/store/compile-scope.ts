import { type RawBuilder, sql } from 'kysely';
import { deploymentSlot, Slot } from './statement.ts';

interface Join {
  readonly alias: string;
  readonly table: string;
  readonly on: RawBuilder<unknown>;
}

/** One `select`, with the joins its expressions turn out to need. */
export interface SelectScope {
  readonly alias: string;
  readonly joins: Map<string, Join>;
}

export const columnRef = (alias: string, column: string): RawBuilder<unknown> =>
  sql.ref(`${alias}.${column}`);

/** `deployment_id = ?` of the rows under an alias. */
export const ofDeployment = (alias: string): RawBuilder<unknown> =>
  sql`${columnRef(alias, 'deployment_id')} = ${deploymentSlot}`;

/** Numbers the slots and the aliases of one query, and keeps the joins of its selects. */
export abstract class QueryScopes {
  /** The rows of the query's own table. */
  protected readonly scope: SelectScope = { alias: 't', joins: new Map() };
  #slots = 1;
  #aliases = 0;

  nextSlot(): Slot {
    return new Slot(this.#slots++);
  }

  /** A slot that is numbered when it is first used: after the expression has been walked, as `shapeOf` does. */
  protected lateSlot(): () => Slot {
    let slot: Slot | undefined;
    return () => (slot ??= this.nextSlot());
  }

  nextAlias(): string {
    return `h${++this.#aliases}`;
  }

  innerScope(): SelectScope {
    return { alias: this.nextAlias(), joins: new Map() };
  }

  /** The row of `table` that the column `through` of `from` links to; joined once. */
  protected linked(from: SelectScope, through: string, table: string): SelectScope {
    const key = `${from.alias}.${through} ${table}`;
    let join = from.joins.get(key);
    if (!join) {
      const alias = `j${++this.#aliases}`;
      const on = sql`${ofDeployment(alias)} and ${columnRef(alias, 'id')} = ${columnRef(from.alias, through)}`;
      join = { alias, table, on };
      from.joins.set(key, join);
    }
    return { alias: join.alias, joins: from.joins };
  }

  joinsOf(scope: SelectScope): RawBuilder<unknown> {
    return sql.join(
      [...scope.joins.values()].map(
        ({ alias, table, on }) => sql` left join ${sql.table(table)} as ${sql.ref(alias)} on ${on}`,
      ),
      sql``,
    );
  }
}
