import { visible } from '../objects/visible.ts';
import { missing } from '../objects/write.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import { both } from '../store/query.ts';

/**
 * `GET /{object}/{id}/segmentations`: `[{id, title, value, values}]`, by the id of the segmentation; `value` is the first of the `values`.
 * Segmentations in which the object has none are left out. Refuses `object.missing`.
 */
const list = readVerb({
  run: async ({ route, ids, deployment, caller }, { store }) => {
    const subject = route.subject ?? route.owner;
    const [id = 0] = ids;
    const seen = both({ test: '=', on: { column: 'id' }, value: id }, visible(subject, caller.person.id));
    const found = await store.count(deployment.id, {
      table: subject.name,
      select: 'count',
      where: seen,
      order: [],
      limit: 0,
      offset: 0,
    });
    if (found === 0) missing(subject, id);
    const rows = await store.select(deployment.id, {
      table: 'segmentation_values',
      select: [
        { column: 'segmentation_id' },
        { through: 'segmentation_id', table: 'segmentations', expression: { column: 'title' } },
        { column: 'value' },
      ],
      where: both(
        { test: '=', on: { column: 'against_type' }, value: subject.singular },
        { test: '=', on: { column: 'against_id' }, value: id },
      ),
      order: [
        { by: { column: 'segmentation_id' }, descending: false },
        { by: { column: 'id' }, descending: false },
      ],
      limit: Number.MAX_SAFE_INTEGER,
      offset: 0,
    });
    const tree = [...Map.groupBy(rows, ([segmentation]) => segmentation)].map(([segmentation, own]) => {
      const values = own.map(([, , value]) => String(value));
      const [, title = null] = own[0] ?? [];
      return { id: String(segmentation), title, value: values[0] ?? null, values };
    });
    return { as: 'tree', tree };
  },
});

export default { list };
