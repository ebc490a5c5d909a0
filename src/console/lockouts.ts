import { listDeployments } from '../identity/deployments.ts';
import { clearLocks, type Lock, type LockKind, listLocks, type WhichLocks } from '../identity/lockout.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { World } from '../request/world.ts';

/** A lock as operators see it: the deployment by its name. */
export interface ShownLock extends Omit<Lock, 'deployment'> {
  readonly deployment: string;
}

interface Told {
  readonly http: number;
  readonly body: string;
  readonly type: string;
}

const kinds: readonly string[] = ['client', 'user', 'factor'] satisfies LockKind[];

type Asked = Pick<Received, 'method' | 'query'>;

const names = ['deployment', 'kind', 'who', 'address', 'all'];

/**
 * `GET` and `DELETE /lockouts?deployment=&kind=&who=&address=`, for the listener of operators: who is locked in this process, and to let
 * them in. A `DELETE` that names none of these says `all=1`. What is misspelled or empty is refused: without it more would be let in.
 */
export async function answerLockouts({ method, query }: Asked, world: World): Promise<Told> {
  const said = (name: string): string | undefined => {
    const value = query.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const wrong = [...query].find(([name, value]) => !names.includes(name) || value === '');
  if (wrong)
    return json(400, {
      error: names.includes(wrong[0])
        ? `${wrong[0]} is empty`
        : `${wrong[0].slice(0, 60)} is not known: there are ${names.join(', ')}`,
    });
  const [kind, deployment, who, address] = [said('kind'), said('deployment'), said('who'), said('address')];
  if (kind !== undefined && !kinds.includes(kind))
    return json(400, { error: 'kind is client, user or factor' });
  const all = await listDeployments(world.store);
  const id = all.find(({ name }) => name === deployment)?.id;
  if (deployment !== undefined && id === undefined)
    return json(404, { error: `there is no deployment named ${deployment}` });
  const which: WhichLocks = { deployment: id, kind: kind as LockKind | undefined, who, address };
  if (method === 'DELETE' && said('all') !== '1' && Object.values(which).every((one) => one === undefined))
    return json(400, { error: 'say which lockouts, or all=1' });
  const work = method === 'DELETE' ? clearLocks : listLocks;
  return json(200, { lockouts: shownLocks(await work(world.tallies, which), all) });
}

export const shownLocks = (
  locks: readonly Lock[],
  deployments: readonly { readonly id: number; readonly name: string }[],
): readonly ShownLock[] =>
  locks.map((lock) => ({
    ...lock,
    deployment: deployments.find(({ id }) => id === lock.deployment)?.name ?? String(lock.deployment),
  }));

const json = (http: number, value: unknown): Told => ({
  http,
  body: `${JSON.stringify(value)}\n`,
  type: 'application/json; charset=utf-8',
});
