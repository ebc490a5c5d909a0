import { checkSeen } from '../objects/seen.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import { viewerOf } from '../request/08-operation/viewer.ts';
import { both } from '../store/query.ts';
import { ascending, selectRows } from '../store/select-named.ts';

/**
 * `GET /{object}/{id}/segmentations`: `[{id, title, value, values}]`, by the id of the segmentation; `value` is the first of the `values`.
 * Segmentations in which the object has none are left out. Refuses `object.missing`.
 */
const list = readVerb({
  run: async (asked, world) => {
    const { route, ids } = asked;
    const subject = route.subject ?? route.owner;
    const [id = 0] = ids;
    await checkSeen(viewerOf(asked, world), subject, id);
    const rows = await selectRows(world.store, asked.deployment.id, {
      table: 'segmentation_values',
      select: {
        segmentation: { column: 'segmentation_id' },
        title: { through: 'segmentation_id', table: 'segmentations', expression: { column: 'title' } },
        value: { column: 'value' },
      },
      where: both(
        { test: '=', on: { column: 'against_type' }, value: subject.singular },
        { test: '=', on: { column: 'against_id' }, value: id },
      ),
      order: [ascending('segmentation_id'), ascending('id')],
    });
    const bySegmentation = Map.groupBy(rows, ({ segmentation }) => segmentation);
    const tree = [...bySegmentation].map(([segmentation, own]) => {
      const values = own.map(({ value }) => String(value));
      return { id: String(segmentation), title: own[0]?.title ?? null, value: values[0] ?? null, values };
    });
    return { as: 'tree', tree };
  },
});

export default { list };
