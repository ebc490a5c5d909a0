import { loadAccount } from '../request/08-operation/account.ts';
import { readVerb } from '../request/08-operation/verb.ts';

/** `GET /tokeninfo`: whose the token is, and how long it lasts. */
export default readVerb({
  run: async ({ deployment, caller }, world) => {
    const account = await loadAccount(world.store, deployment.id, caller.person);
    return { as: 'account', account, deployment, show: 'token', expires: caller.expires };
  },
});
