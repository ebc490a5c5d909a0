import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { findSeen } from '../objects/seen.ts';
import { parseFilters } from '../request/06-parameters/filters.ts';
import { refuseIgnored } from '../request/06-parameters/ignored.ts';
import { searched } from '../request/06-parameters/parse.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { may } from '../request/07-permission/permit.ts';
import { loadList } from '../request/08-operation/load.ts';
import { readVerb } from '../request/08-operation/verb.ts';
import { viewerOf } from '../request/08-operation/viewer.ts';

/**
 * `GET /filters/{id}/run`: the list that the filter describes; `_fields` and `_limit` are those of that list. Refuses what the list itself would
 * refuse; filters that it does not have are ignored as there.
 */
const run = readVerb({
  run: async (asked, world) => {
    const { deployment, caller, parameters, route, page } = asked;
    const [id = 0] = asked.ids;
    const columns = ['object_type', 'filters', 'search'];
    const row =
      (await findSeen(viewerOf(asked, world), route.owner, id, columns)) ?? missing(route.owner, id);
    const text = (column: string): string | undefined =>
      row[column] == null ? undefined : String(row[column]);
    const resource = world.catalogue.resources.get(text('object_type') ?? '');
    if (!resource)
      refuse('parameter.invalid', {
        field: 'filter_id',
        detail: `its objects, ${text('object_type')}, are not served here`,
      });
    may(caller, 'read', resource);
    const hide = ['1', 'yes'].includes(textOf(parameters, '_hide_defaults') ?? '');
    const selection = world.selections.select(resource, parameters.get('_fields'), hide);
    for (const scope of selection.reaches) mayReach(scope);
    const filtered = parseFilters(text('filters'), resource, world.catalogue);
    const { where, order, ignored } = searched(filtered, text('search'), resource, world.catalogue);
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
