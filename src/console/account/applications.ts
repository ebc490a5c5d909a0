import type { Answer } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import { revokeAuthorizations } from '../../identity/authorizations.ts';
import { confirm } from './confirm.ts';
import { accountPath, formField, nowFor, type PersonVisit, recordEvent, redirectVisit } from './visit.ts';

/** `POST /account/applications`: takes back what the person has allowed the application whose id `application` is. */
export async function applicationsForm(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, world } = visit;
  const sent = formField(visit, 'application', 15) ?? '';
  if (!/^\d+$/.test(sent))
    refuse('parameter.invalid', { field: 'application', detail: 'it is not what the page sent' });
  const confirmed = await confirm(visit, `${accountPath}/applications`, { application: sent });
  if ('asks' in confirmed) return confirmed.asks;
  const which = { staffId: person.id, applicationId: Number(sent) };
  const was = await world.store.within((writing) =>
    revokeAuthorizations(writing, deployment.id, which, nowFor(visit)),
  );
  const { began } = confirmed;
  if (was) recordEvent(visit, 'consent.revoked', began);
  return redirectVisit(visit, `${accountPath}?done=applications`, began);
}
