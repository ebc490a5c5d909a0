import type { Store } from '../store/store.ts';
import type { Incident } from './incidents.ts';

const directory = 0;

/** Adds an incident to what the store has of its fingerprint. `clock` in unix seconds. */
export function keepIncident(store: Store, clock: () => number): (incident: Incident) => Promise<void> {
  return async (incident) => {
    await store.within(async (writing) => {
      const where = { fingerprint: incident.fingerprint };
      const latest = {
        date_last: clock(),
        request_id: incident.requestId,
        about_deployment_id: incident.deploymentId ?? null,
        method: incident.method.slice(0, 20),
        path: incident.path.slice(0, 300),
        detail: incident.detail.slice(0, 4_000),
      };
      for (;;) {
        const known = await writing.find(directory, 'incidents', ['count'], where);
        if (!known) break;
        const count = known.count as number;
        // Another process may have counted in between: then once more.
        const mine = { ...latest, count: count + incident.count };
        if ((await writing.update(directory, 'incidents', { ...where, count }, mine)) > 0) return;
      }
      const { fingerprint, cause, title, count } = incident;
      await writing.insert(directory, 'incidents', {
        fingerprint,
        cause,
        title,
        count,
        date_first: clock(),
        ...latest,
      });
    });
  };
}
