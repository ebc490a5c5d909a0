import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Files } from '../files/files.ts';
import type { Directory } from '../identity/deployments.ts';
import type { Keys } from '../identity/keys.ts';
import type { Lockout } from '../identity/lockout.ts';
import type { Tallies } from '../limits/tallies.ts';
import type { Reading, Store } from '../store/store.ts';

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
  /** Whoever signs in has a second factor, or sets one up first. */
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

/** What delivers events to their subscribers. */
export interface Deliveries {
  /** There is something to deliver in this deployment. */
  wake(deployment: number): void;
  /** Delivers one event of one subscription now, and resolves when it was answered or has failed. Never rejects. */
  send(message: Message): Promise<Sent>;
}

/** One event on its way to one subscriber. */
export interface Message {
  readonly url: string;
  readonly contentType: string;
  readonly secret: string | null;
  readonly event: string;
  /** Told to the receiver, so that it knows a repetition. */
  readonly delivery: string;
  readonly objectId: number;
  readonly resourceUrl: string;
}

/** How it ended: the HTTP status of the receiver, or why there is none. */
export interface Sent {
  readonly http: number | null;
  readonly problem: string | null;
  readonly ms: number;
}

// Types of later stages, which the composition root fills in: a stage takes types from anywhere, code only from before.
import type { Routes } from './05-route/table.ts';
import type { Selections } from './06-parameters/fields.ts';
import type { Faults } from './fault.ts';
