import { fieldNamed, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { visible } from '../../objects/visible.ts';
import { expressionOf, fieldExpression } from '../../store/expression.ts';
import { both, type Expression } from '../../store/query.ts';
import type { Caller } from '../03-authentication/caller.ts';
import { reads } from '../07-permission/permit.ts';
import type { Readable } from '../world.ts';
import type { Breadcrumb } from './outcome.ts';

const deepest = 8;

interface Parent {
  readonly resource: Resource;
  readonly id: number;
}

/**
 * The parents of each object, "so the direct parent will be displayed first" (reference, Breadcrumbs): one statement for each
 * level and kind of object. A chain ends where the caller may not read on.
 */
export async function loadBreadcrumbs(
  from: Readable,
  deployment: number,
  caller: Caller,
  resource: Resource,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly Breadcrumb[]>> {
  const trails = new Map<number, Breadcrumb[]>(ids.map((id) => [id, []]));
  let frontier = new Map<number, Parent>();
  for (const [id, { parent }] of await describe(resource, ids)) if (parent) frontier.set(id, parent);
  for (let level = 0; frontier.size > 0 && level < deepest; level++) {
    const kinds = Map.groupBy(frontier, ([, { resource: kind }]) => kind);
    const next = new Map<number, Parent>();
    for (const [kind, entries] of kinds) {
      if (!reads(caller, kind)) continue;
      const described = await describe(kind, [...new Set(entries.map(([, { id }]) => id))]);
      for (const [start, { id }] of entries) {
        const found = described.get(id);
        if (!found) continue;
        trails.get(start)?.push({ id, table: kind.singular, title: found.title });
        if (found.parent) next.set(start, found.parent);
      }
    }
    frontier = next;
  }
  return trails;

  async function describe(
    kind: Resource,
    among: readonly number[],
  ): Promise<Map<number, { title: string; parent: Parent | undefined }>> {
    const parent = parentColumns(kind);
    const rows = await from.store.select(deployment, {
      table: kind.name,
      select: [{ column: 'id' }, expressionOf(from.catalogue, kind, kind.titled), ...parent],
      where: both({ among, on: { column: 'id' } }, visible(kind, caller.person.id)),
      order: [],
      limit: among.length,
      offset: 0,
    });
    return new Map(
      rows.map((row) => {
        const [id, title, first, second] = row;
        return [
          id as number,
          { title: String(title ?? ''), parent: parentOf(kind, first ?? null, second ?? null) },
        ];
      }),
    );
  }

  function parentColumns(kind: Resource): readonly Expression[] {
    if (kind.parent === undefined) return [];
    const { reference } = fieldNamed(kind, kind.parent);
    const names = reference ? [reference.id, reference.type] : [kind.parent];
    return names.map((name) => fieldExpression(from.catalogue, kind, name));
  }

  function parentOf(
    kind: Resource,
    id: string | number | null,
    type: string | number | null,
  ): Parent | undefined {
    if (kind.parent === undefined || id === null) return undefined;
    const { to } = fieldNamed(kind, kind.parent);
    const target = to ? resourceNamed(from.catalogue, to) : from.catalogue.bySingular.get(String(type));
    return target && { resource: target, id: id as number };
  }
}
