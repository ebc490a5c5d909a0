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
 * `GET /{object}/{id}/collections`: `{collections: […]}`. No documented request makes a collection, and without one nothing could be uploaded: an
 * object that has none gets its first when somebody looks. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (asked, world) => {
    const { route, ids, deployment, caller, selection, where, order, page } = asked;
    const subject = route.subject ?? route.owner;
    const [id = 0] = ids;
    await checkSeen(viewerOf(asked, world), subject, id);
    const own = both(
      { test: '=', on: { column: 'against_type' }, value: subject.singular },
      { test: '=', on: { column: 'against_id' }, value: id },
    );
    const against = { against_type: subject.singular, against_id: id };
    if (!(await world.store.find(deployment.id, 'collections', ['id'], against)))
      await makeFirst(asked, world, against);
    const loaded = await loadList(world, deployment.id, caller, selection, both(own, where), order, page);
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
      // It may have been removed meanwhile.
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
    // Somebody else looked at the same time.
    if (!(isTaken(error) || error instanceof Clash)) throw error;
  }
}

const isTaken = (error: unknown): boolean =>
  String((error as { readonly because?: unknown }).because ?? '').endsWith('.taken');

export default { list };
