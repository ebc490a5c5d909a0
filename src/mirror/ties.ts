import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Writing } from '../store/store.ts';

/** What a field of a list tells of the rows that tie its objects to others. */
export interface Ties {
  /** The field. */
  readonly key: string;
  /** Of the rows. */
  readonly resource: Resource;
  /** The reference of the rows to the object, whose halves are `type` and `id`. */
  readonly reference: string;
  /** Fields of the rows: the kind and the id of the object, and the link to the other. */
  readonly type: string;
  readonly id: string;
  readonly link: string;
}

/** All that one object is tied to by rows of a resource. No request tells the ids of those rows, so that they have others here. */
export interface Tied {
  readonly ties: Ties;
  readonly kind: string;
  readonly id: number;
  readonly to: readonly number[];
}

export function tiesOf({ fields }: Resource, resources: ReadonlyMap<string, Resource>): readonly Ties[] {
  return Object.entries(fields).flatMap(([key, { many, shown }]): readonly Ties[] => {
    const resource = many && shown !== 'hidden' ? resources.get(many.through) : undefined;
    const reference = resource?.fields[many?.reference ?? '']?.reference;
    return many && resource && reference
      ? [{ key, resource, reference: many.reference, ...reference, link: many.link }]
      : [];
  });
}

/** What an object says it is tied to; `undefined` where it does not say. */
export function tiedIn(
  object: Readonly<Record<string, unknown>>,
  id: number,
  kind: string,
  ties: Ties,
): Tied | undefined {
  const told = object[ties.key];
  if (!Array.isArray(told)) return undefined;
  const ids = told.map((each) => Number((each as { readonly id?: unknown } | null)?.id));
  const to = new Set(ids.filter((each) => Number.isSafeInteger(each) && each > 0));
  return { ties, kind, id, to: [...to] };
}

/** Ties an object to what it is said to be tied to, and to nothing else. Answers the ids of the rows. */
export async function writeTied(
  writing: Writing,
  deployment: number,
  { ties, kind, id, to }: Tied,
): Promise<readonly number[]> {
  const { resource } = ties;
  const [type, own, link] = [ties.type, ties.id, ties.link].map(
    (name) => resource.fields[name]?.column ?? name,
  ) as [string, string, string];
  const rows = await writing.list(deployment, {
    table: resource.name,
    columns: ['id', link],
    where: { [type]: kind, [own]: id },
    limit: Number.MAX_SAFE_INTEGER,
  });
  const ids = new Map<Stored, number>();
  for (const row of rows) {
    if (to.includes(row[link] as number)) ids.set(row[link] as number, row.id as number);
    else await writing.remove(deployment, resource.name, { id: row.id as number });
  }
  for (const other of to) {
    if (ids.has(other)) continue;
    const next = await writing.nextId(deployment, resource.name);
    await writing.insert(deployment, resource.name, { id: next, [type]: kind, [own]: id, [link]: other });
    ids.set(other, next);
  }
  return [...ids.values()];
}
