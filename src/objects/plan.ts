import type { Field, Initial } from '../catalogue/fields.ts';
import type { Resource } from '../catalogue/resource.ts';

/** What every write of a resource does with its fields, worked out once: a write goes through this instead of through all fields. */
export interface WritePlan {
  /** Fields whose empty text means absent. */
  readonly unique: ReadonlySet<string>;
  readonly references: readonly (readonly [name: string, reference: NonNullable<Field['reference']>])[];
  /** Links whose default is the first of their targets. */
  readonly firsts: readonly (readonly [name: string, to: string])[];
  readonly initials: readonly (readonly [name: string, initial: Exclude<Initial, 'first'>])[];
  readonly stamps: readonly (readonly [name: string, stamped: 'now' | 'caller'])[];
  readonly columns: readonly (readonly [name: string, column: string])[];
}

const plans = new WeakMap<Resource, WritePlan>();

export function writePlanOf(resource: Resource): WritePlan {
  let plan = plans.get(resource);
  if (!plan) {
    plan = Object.freeze(planned(resource));
    plans.set(resource, plan);
  }
  return plan;
}

function planned({ fields, unique }: Resource): WritePlan {
  const all = Object.entries(fields);
  return {
    unique: new Set(unique.flat()),
    references: all.flatMap(([name, { reference }]) => (reference ? [[name, reference] as const] : [])),
    firsts: all.flatMap(([name, { column, to, initial }]) =>
      column && initial === 'first' ? [[name, to ?? ''] as const] : [],
    ),
    initials: all.flatMap(([name, { column, initial }]) =>
      column && initial !== undefined && initial !== 'first' ? [[name, initial] as const] : [],
    ),
    stamps: all.flatMap(([name, { stamped }]) => (stamped ? [[name, stamped] as const] : [])),
    columns: all.flatMap(([name, { column }]) => (column ? [[name, column] as const] : [])),
  };
}
