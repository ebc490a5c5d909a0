import { listDeployments } from '../identity/deployments.ts';
import type { ReportedLock } from '../identity/lockout.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';

/** Notes a lock for the operator, who may have to end it. */
export const lockNote =
  (log: Log, store: Store) =>
  ({ kind, deployment, who, address, failures, left }: ReportedLock): void => {
    const what = kind === 'factor' ? 'second factor of' : kind;
    const nobody = who === '' ? `a ${kind} that does not exist` : `a ${kind}`;
    const named = who ? `${what} ${who}` : nobody;
    const where = kind === 'factor' ? address : `at ${address}`;
    const note = (name: string): void =>
      log.note(
        'warn',
        `${named} is locked ${where} for ${left} s; each try while locked restarts the wait; accord lockout clear ends it`,
        { deployment: name, kind, ...(who ? { who } : {}), address, failures, seconds: left },
      );
    listDeployments(store)
      .then((all) => note(all.find(({ id }) => id === deployment)?.name ?? String(deployment)))
      .catch(() => note(String(deployment)));
  };
