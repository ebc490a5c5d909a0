import type { Viewer } from '../../objects/seen.ts';
import type { Reading } from '../../store/store.ts';
import type { Permitted } from '../07-permission/permit.ts';

/** Who looks for objects: the person that the caller acts for. */
export const viewerOf = ({ deployment, caller }: Permitted, { store }: { store: Reading }): Viewer => ({
  store,
  deployment: deployment.id,
  staffId: caller.person.id,
});
