import { fieldNamed, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { visible } from '../../objects/visible.ts';
import { expressionOf, fieldExpression } from '../../store/expression.ts';
import { both, type Expression } from '../../store/query.ts';
import { selectRows } from '../../store/select-named.ts';
import type { Caller } from '../03-authentication/caller.ts';
import { reads } from '../07-permission/permit.ts';
import type { Readable } from '../world.ts';
import type { Breadcrumb } from './outcome.ts';

const levelsMax = 8;
const nothing: Expression = Object.freeze({ nothing: true });

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
  for (let level = 0; frontier.size > 0 && level < levelsMax; level++) {
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
    const rows = await selectRows(from.store, deployment, {
      table: kind.name,
      select: {
        id: { column: 'id' },
        title: expressionOf(from.catalogue, kind, kind.titled),
        ...parentColumns(kind),
      },
      where: both({ among, on: { column: 'id' } }, visible(kind, caller.person.id)),
    });
    return new Map(
      rows.map(({ id, title, parentId, parentType }) => [
        id as number,
        { title: String(title ?? ''), parent: parentOf(kind, parentId, parentType) },
      ]),
    );
  }

  function parentColumns(kind: Resource): Record<'parentId' | 'parentType', Expression> {
    if (kind.parent === undefined) return { parentId: nothing, parentType: nothing };
    const { reference } = fieldNamed(kind, kind.parent);
    const field = (name: string): Expression => fieldExpression(from.catalogue, kind, name);
    return reference
      ? { parentId: field(reference.id), parentType: field(reference.type) }
      : { parentId: field(kind.parent), parentType: nothing };
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
