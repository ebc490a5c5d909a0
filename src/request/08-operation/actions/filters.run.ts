import { refuse } from '../../../contract/refuse.ts';
import { both } from '../../../store/query.ts';
import { parseFilters } from '../../06-parameters/filters.ts';
import { searchFor } from '../../06-parameters/search.ts';
import { textOf } from '../../06-parameters/single.ts';
import { may } from '../../07-permission/permit.ts';
import { visible } from '../../07-permission/visible.ts';
import { loadList } from '../load.ts';
import { missing } from '../write.ts';
import type { ReadAction } from './action.ts';

/**
 * `GET /filters/{id}/run`: the list that the filter describes; `_fields` and `_limit` are those of that list. Refuses what the list itself would
 * refuse, and `parameter.invalid` when the resource no longer has such a filter.
 */
export const filtersRun: ReadAction = {
  kind: 'read',
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
    const { where, order } = parseFilters(filters, resource, world.catalogue);
    const found = search ? both(where, searchFor(search, resource, world.catalogue, '_search')) : where;
    return {
      as: 'list',
      loaded: await loadList(world, deployment.id, caller, selection, found, order, page),
    };

    function mayReach(scope: string): void {
      const reached = world.catalogue.resources.get(scope);
      if (reached) may(caller, 'read', reached);
    }
  },
};
