import { resourceNamed } from '../catalogue/catalogue.ts';
import { refuse } from '../contract/refuse.ts';
import { createObject } from '../objects/create.ts';
import { missing } from '../objects/missing.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { idsOf, loadList } from '../request/08-operation/load.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import { selectRows } from '../store/select-named.ts';

/** What the assets of a list of links show: "with the removal of the `latest_asset_link` field, and the addition of the `breadcrumbs` field". */
const beside = 'id,title,breadcrumbs';

/** `GET /assets/links`: `{assets: […], asset_links: […]}`; page, filters and order are those of the links. */
const list = readVerb({
  run: async ({ deployment, caller, selection, where, order, page }, world) => {
    const links = await loadList(world, deployment.id, caller, selection, where, order, page);
    const assets = resourceNamed(world.catalogue, 'assets');
    const rows = await selectRows(world.store, deployment.id, {
      table: selection.resource.name,
      select: { asset: { column: 'asset_id' } },
      distinct: true,
      where: { among: idsOf(links), on: { column: 'id' } },
    });
    const linked = await loadList(
      world,
      deployment.id,
      caller,
      world.selections.select(assets, beside, true),
      { among: rows.map(({ asset }) => asset as number), on: { column: 'id' } },
      [],
      { limit: rows.length, offset: 0 },
    );
    return { as: 'lists', lists: { assets: linked, asset_links: links }, joined: {} };
  },
});

/**
 * `POST /assets/links`, `POST /assets/{id}/links`. Refuses as any create does, `object.missing` for an asset of the path that does not exist,
 * and `parameter.invalid` for an end before the start.
 */
const create = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [below] = asked.ids;
    const { required, optional } = owner.create;
    const written = parseValues(asked.parameters, owner, {
      required: required.filter((name) => below === undefined || name !== 'asset_id'),
      optional,
    });
    if (below !== undefined) {
      const assets = resourceNamed(context.catalogue, 'assets');
      if (!(await context.store.holds(context.deployment, assets.name, { id: below })))
        missing(assets, below);
    }
    const { date_start = null, date_end = null } = written.values;
    if (date_start !== null && date_end !== null && Number(date_end) < Number(date_start))
      refuse('parameter.invalid', { field: 'end_date', detail: 'a time not before start_date is wanted' });
    const values = { ...written.values, ...(below === undefined ? {} : { asset: below }) };
    const id = await createObject(context, owner, { values, names: written.names });
    return answerObject(asked, context, id);
  },
});

export default { create, list };
