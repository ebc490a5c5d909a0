import { refuse } from '../../contract/refuse.ts';
import type { Deployment } from '../../identity/deployments.ts';
import { wasDeployment } from '../../identity/past-names.ts';
import type { Received } from '../01-transport/received.ts';
import type { World } from '../world.ts';

export interface Located {
  readonly received: Received;
  readonly deployment: Deployment;
}

/**
 * Host to deployment. Refuses `deployment.unknown`; `body.malformed` if the request has no readable host.
 * The label before `.api.` names it (`planet-express.api.localhost`), else the label before the configured domain; a bare address,
 * `localhost`, or the domain itself means the default deployment.
 */
export async function locate(received: Received, world: World): Promise<Located> {
  const name = nameIn(received.host, world.settings);
  const deployment = name === undefined ? undefined : await world.directory(name);
  if (!deployment && received.hostless !== undefined) refuse('body.malformed', { detail: received.hostless });
  if (!deployment) return refuseHost(received.host, name, world);
  if (deployment.disabled)
    refuse('deployment.unknown', { exact: `deployment ${name} is disabled`, quiet: 'disabled' });
  return { received, deployment };
}

/** Anyone may send any host, and that is no incident. A host that used to be served and no longer is may be one. */
async function refuseHost(host: string, name: string | undefined, { store }: World): Promise<never> {
  if (name !== undefined && (await wasDeployment(store, name)))
    refuse('deployment.unknown', { exact: `deployment ${name} is gone` });
  refuse('deployment.unknown', { exact: `no deployment for host ${host}`, quiet: 'stranger' });
}

/** The deployment a host means; `undefined` when it means none. */
export const nameIn = (host: string, { domain, bareDeployment }: World['settings']): string | undefined =>
  deploymentIn(host, domain) ?? (isBare(host, domain) ? bareDeployment(host) : undefined);

/** An address, `localhost`, a name without dots, or the configured domain itself: hosts that name a server and no deployment. */
function isBare(host: string, domain: string | undefined): boolean {
  if (host.startsWith('[')) return true;
  const name = withoutPort(host);
  return (
    !name.includes('.') || name === domain || name.endsWith('.localhost') || /^\d+(\.\d+){3}$/.test(name)
  );
}

function withoutPort(host: string): string {
  const colon = host.indexOf(':');
  return (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
}

/** The deployment a host names; `undefined` when it names none. */
export function deploymentIn(host: string, domain: string | undefined): string | undefined {
  const name = withoutPort(host);
  const dot = name.indexOf('.');
  if (dot > 0 && name.startsWith('.api', dot) && (name.length === dot + 4 || name.charAt(dot + 4) === '.'))
    return name.slice(0, dot);
  if (domain && name.endsWith(`.${domain}`)) {
    const before = name.slice(0, -domain.length - 1);
    return before.includes('.') ? undefined : before;
  }
  return undefined;
}
