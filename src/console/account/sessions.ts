import type { Answer } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import { endSessions, idOf } from '../../identity/sessions.ts';
import { confirm } from './confirm.ts';
import { accountPath, formField, type PersonVisit, recordEvent, redirectVisit } from './visit.ts';

/** `POST /account/sessions`: ends the sign-in whose id `session` is, or all but this one (`others`). Only those of the person. */
export async function sessionsForm(visit: PersonVisit): Promise<Answer> {
  const { deployment, person, world } = visit;
  const id = formField(visit, 'session', 100);
  if (!id) refuse('parameter.missing', { field: 'session' });
  const confirmed = await confirm(visit, `${accountPath}/sessions`, { session: id });
  if ('asks' in confirmed) return confirmed.asks;
  const except = idOf(confirmed.session);
  await world.store.within((writing) =>
    endSessions(writing, deployment.id, {
      staffId: person.id,
      ...(id === 'others' ? { except } : { id }),
    }),
  );
  const { began } = confirmed;
  recordEvent(visit, 'sign-ins.ended', began);
  return redirectVisit(visit, `${accountPath}?done=sessions`, began);
}
