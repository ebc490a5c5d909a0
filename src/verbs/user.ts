import { loadAccount } from '../request/08-operation/account.ts';
import { readVerb } from '../request/08-operation/verb.ts';

/** `GET /user`: the staff object, with the person's permissions, terms and preferences. */
export default readVerb({
  run: async ({ deployment, caller }, world) => {
    const account = await loadAccount(world.store, deployment.id, caller.person);
    return { as: 'account', account, deployment, show: 'user' };
  },
});
