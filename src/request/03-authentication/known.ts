import { refuse } from '../../contract/refuse.ts';
import type { Application } from '../../identity/applications.ts';

/** The application that a client id names. Refuses `client.unknown`, for a disabled one too. */
export function known(application: Application | undefined, client: string): Application {
  if (!application || application.disabled) {
    const exact = application
      ? `application ${client} is disabled`
      : `no application ${client.slice(0, 100)}`;
    refuse('client.unknown', { exact });
  }
  return application;
}
