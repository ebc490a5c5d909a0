import { resourceNamed } from '../catalogue/catalogue.ts';
import { visible } from '../objects/visible.ts';
import { insertObject, missing } from '../objects/write.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { loadList } from '../request/08-operation/load.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import type { World } from '../request/world.ts';
import { both, type Condition } from '../store/query.ts';
import { Clash } from '../store/store.ts';

const first = 'Attachments';

/**
 * `GET /{object}/{id}/collections`: `{collections: […]}`. No documented request makes a collection, and without one nothing could be uploaded: an
 * object that has none gets its first when somebody looks. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (asked, world) => {
    const { route, ids, deployment, caller, selection, where, order, page } = asked;
    const subject = route.subject ?? route.owner;
    const [id = 0] = ids;
    const seen = both({ test: '=', on: { column: 'id' }, value: id }, visible(subject, caller.person.id));
    if ((await countOf(world, asked, subject.name, seen)) === 0) missing(subject, id);
    const own = both(
      { test: '=', on: { column: 'against_type' }, value: subject.singular },
      { test: '=', on: { column: 'against_id' }, value: id },
    );
    if ((await countOf(world, asked, 'collections', own)) === 0)
      await makeFirst(asked, world, subject.singular, id);
    const loaded = await loadList(world, deployment.id, caller, selection, both(own, where), order, page);
    return { as: 'lists', lists: { collections: loaded }, joined: {} };
  },
});

const countOf = (world: World, { deployment }: Permitted, table: string, where: Condition): Promise<number> =>
  world.store.count(deployment.id, { table, select: 'count', where, order: [], limit: 0, offset: 0 });

async function makeFirst(
  { deployment, caller, route }: Permitted,
  { store, catalogue, clock }: World,
  type: string,
  id: number,
): Promise<void> {
  try {
    await store.within(async (writing) => {
      const subject = route.subject ?? route.owner;
      // It may have been removed meanwhile.
      if (!(await writing.holds(deployment.id, subject.name, { id }))) missing(subject, id);
      const context = {
        catalogue,
        store: writing,
        deployment: deployment.id,
        staffId: caller.person.id,
        now: clock(deployment.id),
      };
      const values = { title: first, against_type: type, against_id: id };
      await insertObject(context, resourceNamed(catalogue, 'collections'), { values, names: {} });
    });
  } catch (error) {
    // Somebody else looked at the same time.
    if (!(isTaken(error) || error instanceof Clash)) throw error;
  }
}

const isTaken = (error: unknown): boolean =>
  String((error as { readonly because?: unknown }).because ?? '').endsWith('.taken');

export default { list };
