import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Reading, Values } from '../store/store.ts';

const batch = 1_000;

/** Links and references to objects that are not there, by field (`jobs.manager`): the source did not show them, or they were not asked for. */
export async function danglingLinks(
  store: Reading,
  deployment: number,
  { resources, bySingular }: Catalogue,
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, Set<number>>();
  for (const { name } of resources.values()) {
    const own = new Set<number>();
    for await (const row of rowsOf(store, deployment, name, ['id'])) own.add(row.id as number);
    ids.set(name, own);
  }
  const counts = new Map<string, number>();
  for (const resource of resources.values()) {
    const links = linksOf(resource);
    if (links.length === 0 || ids.get(resource.name)?.size === 0) continue;
    const columns = ['id', ...links.flatMap(({ id, type }) => (type === undefined ? [id] : [id, type]))];
    for await (const row of rowsOf(store, deployment, resource.name, columns)) {
      for (const { name, id, type, to } of links) {
        const value = row[id];
        if (value == null || value === 0) continue;
        const target = type === undefined ? to : bySingular.get(String(row[type]))?.name;
        if (target === undefined || ids.get(target)?.has(value as number)) continue;
        const key = `${resource.name}.${name}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return counts;
}

interface Link {
  readonly name: string;
  readonly id: string;
  readonly type: string | undefined;
  readonly to: string | undefined;
}

function linksOf({ fields }: Resource): readonly Link[] {
  return Object.entries(fields).flatMap(([name, { to, column, reference }]): readonly Link[] => {
    if (to && column) return [{ name, id: column, type: undefined, to }];
    const id = reference && fields[reference.id]?.column;
    const type = reference && fields[reference.type]?.column;
    return id && type ? [{ name, id, type, to: undefined }] : [];
  });
}

async function* rowsOf(
  store: Reading,
  deployment: number,
  table: string,
  columns: readonly string[],
): AsyncGenerator<Values> {
  for (let last = 0; ; ) {
    const rows = await store.list(deployment, {
      table,
      columns: [...new Set(columns)],
      where: { id: { above: last } },
      limit: batch,
    });
    yield* rows;
    if (rows.length < batch) return;
    last = rows.at(-1)?.id as number;
  }
}
