import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Files } from '../files/files.ts';
import type { Directory } from '../identity/deployments.ts';
import type { Keys } from '../identity/keys.ts';
import type { Lockout } from '../identity/lockout.ts';
import type { Tallies } from '../limits/tallies.ts';
import type { Reading, Store } from '../store/store.ts';
import type { Deliveries } from '../webhooks/message.ts';

/** What every stage may use, and nothing that changes during a request. */
export interface World {
  readonly catalogue: Catalogue;
  readonly store: Store;
  readonly files: Files;
  readonly directory: Directory;
  readonly tallies: Tallies;
  readonly lockout: Lockout;
  readonly keys: Keys;
  /** Unix seconds, in a deployment (0: in none). The one clock: a sandbox can move that of each deployment. */
  readonly clock: (deployment: number) => number;
  readonly settings: Settings;
  readonly deliveries: Deliveries;
  readonly routes: Routes;
  readonly selections: Selections;
  readonly verbs: Verbs;
  /** In a sandbox only. */
  readonly faults?: Faults;
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
  /** The deployment of a host that names none: a bare address, or `localhost`. */
  readonly bareDeployment: (host: string) => string | undefined;
  /** Seconds from a consent until all of its tokens end, however often they are renewed. */
  readonly authorizationLifetime: number;
  /** Everybody who signs in has a second factor, or sets one up first. */
  readonly requireSecondFactor: boolean;
  /** Sends the private cause as `X-Status-Cause`. Never in production. */
  readonly tellCauses: boolean;
  /** What becomes of filters, orders and searches that a list does not have. */
  readonly unknownFilters: 'ignore' | 'refuse';
  /** Events may be posted to addresses that are not public. */
  readonly webhookAllowPrivate: boolean;
  /** To the machine itself they may: a sandbox. */
  readonly webhookAllowLoopback: boolean;
}

// Types of later stages, which the composition root fills in: a stage takes types from anywhere, code only from before.
import type { Routes } from './05-route/table.ts';
import type { Selections } from './06-parameters/fields.ts';
import type { Verbs } from './08-operation/verbs.ts';
import type { Faults } from './fault.ts';
