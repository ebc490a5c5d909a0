import { defineTable } from './schema.ts';

/**
 * The copies of deployments that a sandbox keeps, in the directory (deployment 0). `id` is the deployment id that the rows of the copy are under;
 * that of a fork is in `deployments` too. `source_id`: the rows it was made of. `date_expires` is 0 when it is being removed.
 */
export const copiesTable = defineTable(
  'sandbox_copies',
  ['id'],
  ['id#!', 'kind!', 'name!', 'origin_id#!', 'source_id#!', 'date_created#!', 'date_expires#'],
);

export interface Copy {
  readonly id: number;
  readonly kind: 'fork' | 'snapshot';
  readonly name: string;
  /** The deployment it was made of. */
  readonly originId: number;
  readonly sourceId: number;
  /** Unix seconds. */
  readonly created: number;
  /** `undefined`: never. */
  readonly expires: number | undefined;
}

export const copyColumns = Object.freeze([
  'id',
  'kind',
  'name',
  'origin_id',
  'source_id',
  'date_created',
  'date_expires',
]);

export const copyOf = (row: Readonly<Record<string, unknown>>): Copy =>
  Object.freeze({
    id: row.id as number,
    kind: row.kind as Copy['kind'],
    name: row.name as string,
    originId: row.origin_id as number,
    sourceId: row.source_id as number,
    created: row.date_created as number,
    expires: (row.date_expires as number | null) ?? undefined,
  });

export const rowOf = (copy: Copy) => ({
  id: copy.id,
  kind: copy.kind,
  name: copy.name,
  origin_id: copy.originId,
  source_id: copy.sourceId,
  date_created: copy.created,
  date_expires: copy.expires ?? null,
});
