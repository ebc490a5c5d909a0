import type { ApplicationType } from '../../identity/applications.ts';
import type { Person } from '../../identity/people.ts';
import type { Scope } from '../../identity/scope.ts';

/** Who asks: an application, acting for a person, within a scope. */
export interface Caller {
  readonly application: {
    readonly id: number;
    readonly clientId: string;
    readonly name: string;
    readonly type: ApplicationType;
  };
  readonly person: Person;
  readonly scope: Scope;
  /** Unix seconds at which the token ends. */
  readonly expires: number;
  /** The browser origin that may read the answer, if the application lists it. */
  readonly origin: string | undefined;
}
