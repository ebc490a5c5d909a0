import { loadAccount } from '../request/08-operation/account.ts';
import type { ReadAction } from '../request/08-operation/action.ts';

/** `GET /user`: the staff object, and what the person may do, calls things, and prefers. */
export const user: ReadAction = {
  kind: 'read',
  run: async ({ deployment, caller }, world) => {
    const account = await loadAccount(world.store, deployment.id, caller.person);
    return { as: 'account', account, deployment, show: 'user' };
  },
};

/** `GET /tokeninfo`: whose the token is, and how long it lasts. */
export const tokeninfo: ReadAction = {
  kind: 'read',
  run: async ({ deployment, caller }, world) => {
    const account = await loadAccount(world.store, deployment.id, caller.person);
    return { as: 'account', account, deployment, show: 'token', expires: caller.expires };
  },
};
