import { refuse } from '../../contract/refuse.ts';
import type { Application } from '../../identity/applications.ts';

/** As this server and the hosted service write client ids: `5ba17c78a0@planet-express.accelo.com`. */
const clientIdForm = /^[0-9a-z]{10}@[\w.-]{1,100}$/;

/** What was sent, if there is no such application. It may be a secret or a password sent by mistake, so it must not reach a log. */
const toldOf = (client: string): string =>
  clientIdForm.test(client) ? client : 'of that name, and it is not written as a client id';

/** The application that a client id names. Refuses `client.unknown`, for a disabled one too. */
export function knownApplication(application: Application | undefined, client: string): Application {
  if (!application || application.disabled) {
    const exact = application ? `application ${client} is disabled` : `no application ${toldOf(client)}`;
    refuse('client.unknown', { exact });
  }
  return application;
}
