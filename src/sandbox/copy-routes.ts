import type { Tree } from '../contract/answer.ts';
import { ControlError } from '../contract/control-error.ts';
import type { Copy } from '../store/copies-table.ts';
import { numberIn, textIn } from './asked.ts';
import type { ControlAsked, ControlRoute } from './control-route.ts';
import type { Doors } from './doors.ts';
import type { Forks } from './forks.ts';
import type { Snapshots } from './snapshots.ts';

const forkSecondsDefault = 3_600;
const forkSecondsMax = 30 * 86_400;

export interface Copies {
  readonly snapshots: Snapshots;
  readonly forks: Forks;
  readonly doors: Doors;
  /** Unix seconds, by the server's clock. */
  readonly now: () => number;
  readonly domain: string | undefined;
}

/** What the control API says about snapshots and forks. */
export function copyRoutes({ snapshots, forks, doors, now, domain }: Copies): readonly ControlRoute[] {
  const urlOf = (name: string, origin: string): string => {
    const { protocol } = new URL(origin);
    const port = doors.portOf(name);
    // On a port of its own no name has to be known to the machine of the client.
    return port === undefined
      ? `${protocol}//${hostOf(name, origin, domain)}`
      : `${protocol}//localhost:${port}`;
  };
  const forkTold = (fork: Copy, origin: string): Tree => {
    const host = hostOf(fork.name, origin, domain);
    const url = urlOf(fork.name, origin);
    return {
      name: fork.name,
      host,
      url,
      base_url: `${url}/api/v0`,
      date_created: fork.created,
      date_expires: fork.expires ?? null,
      expires_in: Math.max(0, (fork.expires ?? 0) - now()),
    };
  };
  const nameIn = ({ names }: ControlAsked, name: string): string => names[name] ?? '';
  return [
    {
      method: 'GET',
      path: 'deployments/{deployment}/snapshots',
      says: 'the snapshots of a deployment',
      run: async ({ deployment }) => ({ snapshots: (await snapshots.list(deployment.id)).map(told) }),
    },
    {
      method: 'POST',
      path: 'deployments/{deployment}/snapshots',
      says: 'keeps the state of a deployment under a `name`; with `replace` (1) also under one that is taken',
      run: async (asked) => {
        const name = textIn(asked, 'name');
        if (name === undefined) throw new ControlError('name is wanted: what the snapshot is to be called');
        const replace = numberIn(asked, 'replace', 0, 1) === 1;
        return told(await snapshots.save(asked.deployment, name, replace));
      },
    },
    {
      method: 'POST',
      path: 'deployments/{deployment}/snapshots/{snapshot}/restore',
      says: 'makes the deployment what it was when the snapshot was saved: objects, applications, tokens, files, and the clock',
      run: async (asked) => told(await snapshots.restore(asked.deployment, nameIn(asked, 'snapshot'))),
    },
    {
      method: 'DELETE',
      path: 'deployments/{deployment}/snapshots/{snapshot}',
      says: 'removes a snapshot',
      run: async (asked) => {
        await snapshots.remove(asked.deployment, nameIn(asked, 'snapshot'));
        return { removed: nameIn(asked, 'snapshot') };
      },
    },
    {
      method: 'POST',
      path: 'deployments/{deployment}/reset',
      says: 'back to the snapshot `start`, which the sample has from the beginning; a fork without one goes back to what it was made of',
      run: async ({ deployment, origin }) => ({
        restored: await snapshots.reset(deployment, urlOf(deployment.name, origin)),
      }),
    },
    {
      method: 'POST',
      path: 'deployments/{deployment}/forks',
      says: 'copies a deployment to a host of its own: `name` (made up unless told), `from` (a snapshot), `expires` (seconds, 3600 unless told), `port` (1: on a port of its own too)',
      run: async (asked) => {
        const fork = await forks.create(asked.deployment, {
          name: textIn(asked, 'name'),
          from: textIn(asked, 'from'),
          lasts: numberIn(asked, 'expires', 1, forkSecondsMax) ?? forkSecondsDefault,
          door: numberIn(asked, 'port', 0, 1) === 1,
          urlOf: (name) => urlOf(name, asked.origin),
        });
        return forkTold(fork, asked.origin);
      },
    },
    {
      method: 'GET',
      path: 'forks',
      says: 'the forks there are, of all deployments',
      run: async ({ origin }) => ({
        forks: (await forks.list()).map((fork) => forkTold(fork, origin)),
      }),
    },
    {
      method: 'DELETE',
      path: 'forks/{fork}',
      says: 'removes a fork, with all that was kept of it',
      run: async (asked) => {
        await forks.remove(nameIn(asked, 'fork'));
        return { removed: nameIn(asked, 'fork') };
      },
    },
  ];
}

const told = ({ name, created }: Copy): Tree => ({ name, date_created: created });

/** The host of a deployment, where the server was reached at `origin`. */
function hostOf(name: string, origin: string, domain: string | undefined): string {
  const { hostname, port } = new URL(origin);
  const [, after] = /^[^.]+\.(api\..+)$/.exec(hostname) ?? [];
  const below = domain !== undefined && hostname.endsWith(domain) ? domain : (after ?? 'api.localhost');
  return `${name}.${below}${port === '' ? '' : `:${port}`}`;
}
