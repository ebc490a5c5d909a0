import { missing } from '../objects/write.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import type { ReadAction } from '../request/08-operation/action.ts';
import { loadObject } from '../request/08-operation/load.ts';
import type { World } from '../request/world.ts';

/** The staff member a token acts for, as `GET /staff/{id}` would answer. */
export const staffWhoami: ReadAction = {
  kind: 'read',
  run: async ({ deployment, caller, selection, route }: Permitted, world: World) => {
    const loaded = await loadObject(world, deployment.id, caller, selection, caller.person.id);
    return loaded ? { as: 'object', loaded } : missing(route.answered, caller.person.id);
  },
};
