import { loadAccount } from '../request/08-operation/account.ts';
import { readVerb } from '../request/08-operation/verb.ts';

/** `GET /user`: the staff object, and what the person may do, calls things, and prefers. */
export default readVerb({
  run: async ({ deployment, caller }, world) => {
    const account = await loadAccount(world.store, deployment.id, caller.person);
    return { as: 'account', account, deployment, show: 'user' };
  },
});
