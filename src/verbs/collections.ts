import { resourceNamed } from '../catalogue/catalogue.ts';
import { missing } from '../objects/missing.ts';
import { checkSeen } from '../objects/seen.ts';
import { insertObject } from '../objects/write.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { loadList } from '../request/08-operation/load.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import { viewerOf } from '../request/08-operation/viewer.ts';
import type { World } from '../request/world.ts';
import { both } from '../store/query.ts';
import { Clash } from '../store/store.ts';

const firstTitle = 'Attachments';

/**
 * `GET /{object}/{id}/collections`: `{collections: […]}`. No documented request creates a collection, and uploads need one: an object
 * without any gets its first when its collections are listed. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (request, world) => {
    const { route, ids, deployment, where, order } = request;
    const subject = route.subject ?? route.owner;
    const [id = 0] = ids;
    await checkSeen(viewerOf(request, world), subject, id);
    const own = both(
      { test: '=', on: { column: 'against_type' }, value: subject.singular },
      { test: '=', on: { column: 'against_id' }, value: id },
    );
    const against = { against_type: subject.singular, against_id: id };
    if (!(await world.store.find(deployment.id, 'collections', ['id'], against)))
      await makeFirst(request, world, against);
    const loaded = await loadList(world, request, both(own, where), order);
    return { as: 'lists', lists: { collections: loaded }, joined: {} };
  },
});

async function makeFirst(
  { deployment, caller, route }: Permitted,
  { store, catalogue, clock }: World,
  against: { readonly against_type: string; readonly against_id: number },
): Promise<void> {
  try {
    await store.within(async (writing) => {
      const subject = route.subject ?? route.owner;
      // The object may have been removed meanwhile.
      if (!(await writing.holds(deployment.id, subject.name, { id: against.against_id })))
        missing(subject, against.against_id);
      const context = {
        catalogue,
        store: writing,
        deployment: deployment.id,
        staffId: caller.person.id,
        now: clock(deployment.id),
      };
      const values = { title: firstTitle, ...against };
      await insertObject(context, resourceNamed(catalogue, 'collections'), { values, names: {} });
    });
  } catch (error) {
    // Another request created it at the same time.
    if (!(isTaken(error) || error instanceof Clash)) throw error;
  }
}

const isTaken = (error: unknown): boolean =>
  String((error as { readonly because?: unknown }).because ?? '').endsWith('.taken');

export default { list };
