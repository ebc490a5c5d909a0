import { Failure } from '../contract/failure.ts';
import { type Application, findApplication } from '../identity/applications.ts';
import type { Reading } from '../store/store.ts';

/** An application by its client id. */
export async function applicationNamed(
  store: Reading,
  deployment: number,
  clientId: string,
): Promise<Application> {
  return (await findApplication(store, deployment, clientId)) ?? unknownApplication(clientId);
}

export function unknownApplication(clientId: string): never {
  throw new Failure(`there is no application with the client id ${clientId}: see accord application list`);
}
