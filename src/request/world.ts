import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Deployment } from '../identity/deployments.ts';
import type { Lockout } from '../identity/lockout.ts';
import type { Tallies } from '../limits/tallies.ts';
import type { Reading, Store } from '../store/store.ts';

/** What every stage may use, and nothing that changes during a request. */
export interface World {
  readonly catalogue: Catalogue;
  readonly store: Store;
  /** The deployment of a name. */
  readonly directory: (name: string) => Promise<Deployment | undefined>;
  readonly tallies: Tallies;
  readonly lockout: Lockout;
  /** Unix seconds. The one clock: a sandbox can move it. */
  readonly clock: () => number;
  readonly settings: Settings;
  readonly routes: Routes;
  readonly selections: Selections;
}

/** What a read needs: the world itself, or a transaction inside it. */
export interface Readable {
  readonly catalogue: Catalogue;
  readonly store: Reading;
}

export interface Settings {
  /** Requests an hour, per deployment. */
  readonly rateLimit: number;
  /** Hosts `{deployment}.<domain>` are deployments; beside `{deployment}.api.<anything>`. */
  readonly domain: string | undefined;
  /** The deployment of a bare address or `localhost`. */
  readonly defaultDeployment: string | undefined;
  /** Sends the private cause as `X-Status-Cause`. Never in production. */
  readonly tellCauses: boolean;
}

// Types of later stages, which the composition root fills in: a stage takes types from anywhere, code only from before.
import type { Routes } from './05-route/table.ts';
import type { Selections } from './06-parameters/fields.ts';
