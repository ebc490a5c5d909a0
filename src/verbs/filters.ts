import { refuse } from '../contract/refuse.ts';
import { visible } from '../objects/visible.ts';
import { missing } from '../objects/write.ts';
import { parseFilters } from '../request/06-parameters/filters.ts';
import { refuseIgnored } from '../request/06-parameters/ignored.ts';
import { searched } from '../request/06-parameters/parse.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { may } from '../request/07-permission/permit.ts';
import { loadList } from '../request/08-operation/load.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import { both } from '../store/query.ts';

/**
 * `GET /filters/{id}/run`: the list that the filter describes; `_fields` and `_limit` are those of that list. Refuses what the list itself would
 * refuse; filters that it does not have are ignored as there.
 */
const run = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, parameters, route, page } = asked;
    const [id = 0] = asked.ids;
    const [row] = await world.store.select(deployment.id, {
      table: route.owner.name,
      select: ['object_type', 'filters', 'search'].map((column) => ({ column })),
      where: both({ test: '=', on: { column: 'id' }, value: id }, visible(route.owner, caller.person.id)),
      order: [],
      limit: 1,
      offset: 0,
    });
    if (!row) missing(route.owner, id);
    const [type, filters, search] = row.map((cell) => (cell === null ? undefined : String(cell)));
    const resource = world.catalogue.resources.get(type ?? '');
    if (!resource)
      refuse('parameter.invalid', {
        field: 'filter_id',
        detail: `its objects, ${type}, are not served here`,
      });
    may(caller, 'read', resource);
    const hide = ['1', 'yes'].includes(textOf(parameters, '_hide_defaults') ?? '');
    const selection = world.selections.select(resource, parameters.get('_fields'), hide);
    for (const scope of selection.reaches) mayReach(scope);
    const filtered = parseFilters(filters, resource, world.catalogue);
    const { where, order, ignored } = searched(filtered, search, resource, world.catalogue);
    if (world.settings.unknownFilters === 'refuse') refuseIgnored(ignored, resource);
    const loaded = await loadList(world, deployment.id, caller, selection, where, order, page);
    return { as: 'list', loaded, ignored };

    function mayReach(scope: string): void {
      const reached = world.catalogue.resources.get(scope);
      if (reached) may(caller, 'read', reached);
    }
  },
});

export default { run };
