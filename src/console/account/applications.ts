import { refuse } from '../../contract/refuse.ts';
import { revokeAuthorizations } from '../../identity/authorizations.ts';
import type { Concluded } from '../../request/pipeline.ts';
import { confirm } from './confirm.ts';
import { accountPath, did, fieldOf, led, now, type PersonVisit } from './visit.ts';

/** `POST /account/applications`: takes back what the person has allowed the application whose id `application` is. */
export async function applicationsForm(visit: PersonVisit): Promise<Concluded> {
  const { deployment, person, world } = visit;
  const sent = fieldOf(visit, 'application', 15) ?? '';
  if (!/^\d+$/.test(sent))
    refuse('parameter.invalid', { field: 'application', detail: 'it is not what the page sent' });
  const confirmed = await confirm(visit, `${accountPath}/applications`, { application: sent });
  if ('asks' in confirmed) return confirmed.asks;
  const which = { staffId: person.id, applicationId: Number(sent) };
  const was = await world.store.within((writing) =>
    revokeAuthorizations(writing, deployment.id, which, now(visit)),
  );
  const { began } = confirmed;
  const event = was ? did('consent.revoked', visit, began) : undefined;
  return led(visit, `${accountPath}?done=applications`, began, event);
}
