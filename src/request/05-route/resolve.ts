import { wholeNumber } from '../../catalogue/kinds/kind.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Metered } from '../04-rate-limit/meter.ts';
import type { World } from '../world.ts';
import type { Route } from './table.ts';

export interface Routed extends Metered {
  readonly route: Route;
  /** The ids of the path, in the order of `route.ids`. */
  readonly ids: readonly number[];
}

/** The first segment of both base paths of the API; the second is the version. */
export const bases: ReadonlySet<string> = new Set(['api', 'public_api']);

/** Path and method to a request of the catalogue. Refuses `body.malformed`, `version.unknown`, `resource.unknown`, `method.unknown`, `object.missing`. */
export function resolve(metered: Metered, world: World): Routed {
  const { segments, method, wrote, path, misaddressed } = metered.received;
  if (misaddressed !== undefined) refuse('body.malformed', { detail: misaddressed });
  const [, version, ...rest] = segments;
  if (version !== 'v0') refuse('version.unknown', { detail: (version ?? 'none').slice(0, 40) });
  const found = world.routes.find(rest, method ?? '');
  if (!found) refuse('resource.unknown', { detail: path.slice(0, 200) });
  if (!('route' in found))
    refuse('method.unknown', { detail: wrote.slice(0, 20), exact: `here: ${found.otherMethods.join(', ')}` });
  const { route } = found;
  const ids = found.ids.map((written, i) => {
    const id = wholeNumber(written);
    // The path of something that could not be an id names nothing: `/companies/monkeys`.
    if (id === undefined && i === 0) refuse('resource.unknown', { detail: path.slice(0, 200) });
    if (id === undefined) refuse('object.missing', { detail: `${route.ids[i]} ${written.slice(0, 40)}` });
    return id;
  });
  return { ...metered, route, ids };
}
