import type { Tree } from '../../contract/answer.ts';
import { ControlError } from '../../contract/control-error.ts';
import { findApplication, listApplications } from '../../identity/applications.ts';
import type { World } from '../../request/world.ts';
import type { ControlAsked, ControlRoute } from '../control-route.ts';
import type { CountedRule, FaultRules } from './faults.ts';
import { type FaultRule, readRule } from './rule.ts';

const all = 'deployments/{deployment}/faults';
const one = 'deployments/{deployment}/faults/{id}';

/** What the control API says about faults. */
export function faultRoutes(faults: FaultRules, world: World): readonly ControlRoute[] {
  const named = ({ deployment, names }: ControlAsked): CountedRule => {
    const found = faults.list(deployment.id).find(({ id }) => id === names.id);
    if (found) return found;
    const ids = faults.list(deployment.id).map(({ id }) => id);
    const there = ids.length > 0 ? `there are: ${ids.join(', ')}` : 'there is none at all';
    throw new ControlError(`there is no fault ${names.id?.slice(0, 40)} here; ${there}`, 404);
  };
  return [
    {
      method: 'GET',
      path: all,
      says: 'the faults, in their order, and how many requests each matched and hit',
      run: async ({ deployment }) => ({ faults: faults.list(deployment.id).map(told) }),
    },
    {
      method: 'POST',
      path: all,
      says: 'adds a fault, which says which requests fail (`on`, `application`, `staff`), when (`nth`, `every`, `probability` and `seed`, `times`, `after`, `until`, `for` and `from`) and how (`cause` with `field`, `detail`, `object`, `singular`, `retry_after`; `latency`, `cut`, `truncate`)',
      run: async (asked) => {
        const rule = readRule(asked, world);
        await checkApplication(rule, asked, world);
        return told(faults.add(asked.deployment.id, rule, world.clock(asked.deployment.id)));
      },
    },
    {
      method: 'DELETE',
      path: all,
      says: 'removes all of them',
      run: async ({ deployment }) => ({ removed: faults.clear(deployment.id) }),
    },
    { method: 'GET', path: one, says: 'one of them', run: async (asked) => told(named(asked)) },
    {
      method: 'DELETE',
      path: one,
      says: 'removes one',
      run: async (asked) => {
        faults.remove(asked.deployment.id, named(asked).id);
        return { removed: 1 };
      },
    },
    {
      method: 'POST',
      path: `${one}/reset`,
      says: 'sets the counts of one to zero',
      run: async (asked) => {
        const { id } = named(asked);
        faults.reset(asked.deployment.id, world.clock(asked.deployment.id), id);
        return told(named(asked));
      },
    },
  ];
}

async function checkApplication({ application }: FaultRule, { deployment }: ControlAsked, { store }: World) {
  if (application === undefined || (await findApplication(store, deployment.id, application))) return;
  const there = (await listApplications(store, deployment.id)).slice(0, 20).map(({ clientId }) => clientId);
  throw new ControlError(
    `there is no application ${application.slice(0, 60)} in ${deployment.name}; there are: ${there.join(', ')}`,
  );
}

/** A rule as it was sent, less what was not, and its counts. */
function told({ id, rule, count }: CountedRule): Tree {
  const { on, application, staff, when, effect } = rule;
  const { retryAfter, ...particulars } = effect.particulars;
  const { latency, cut, truncate } = effect.mishap ?? {};
  const { seed, from, ...timing } = when;
  const sent: Record<string, string | number | undefined> = {
    on: on.text,
    application,
    staff,
    ...timing,
    ...(when.probability === undefined ? {} : { seed }),
    ...(when.for === undefined ? {} : { from }),
    cause: effect.cause,
    ...particulars,
    retry_after: retryAfter,
    latency: latency === 0 ? undefined : latency,
    cut,
    truncate,
  };
  const said = Object.entries(sent).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return { id, ...Object.fromEntries(said), matches: count.matches, hits: count.hits };
}
