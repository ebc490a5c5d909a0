import type { Permitted } from '../../07-permission/permit.ts';
import type { World } from '../../world.ts';
import { loadObject } from '../load.ts';
import { missing } from '../write.ts';
import type { ReadAction } from './action.ts';

/** The staff member a token acts for, as `GET /staff/{id}` would answer. */
export const staffWhoami: ReadAction = {
  kind: 'read',
  run: async ({ deployment, caller, selection, route }: Permitted, world: World) => {
    const loaded = await loadObject(world, deployment.id, caller, selection, caller.person.id);
    return loaded ? { as: 'object', loaded } : missing(route.answered, caller.person.id);
  },
};
