import { hash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { refuse } from '../contract/refuse.ts';
import type { Tallies } from '../limits/tallies.ts';

/** `factor`: the second factor of a person, wherever the attempts come from. A caller who gets that far knows the password. */
export type LockKind = 'client' | 'user' | 'factor';

/** A client or a person that is locked at an address, or the second factor of a person. */
export interface Lock {
  readonly kind: LockKind;
  readonly deployment: number;
  /** The client id or the username; `''` where there is none of that name: what was typed may be a password. */
  readonly who: string;
  /** Of an IPv6 caller the network: `2001:db8:0:1::/64`. Of a second factor `everywhere`. */
  readonly address: string;
  readonly failures: number;
  /** Seconds. */
  readonly left: number;
}

/** `who` is left out of a lock that began in another process, which has reported whom it is about. */
export type ReportedLock = Omit<Lock, 'who'> & { readonly who?: string };

/** Which locks: those that match every property that is given. */
export interface WhichLocks {
  readonly deployment?: number | undefined;
  readonly kind?: LockKind | undefined;
  readonly who?: string | undefined;
  readonly address?: string | undefined;
}

/** Who tries to authenticate, and from where. */
export interface LockSubject {
  /** A client id or a username, as it was sent. */
  readonly subject: string;
  readonly address: string;
}

export interface Lockout {
  /** Seconds that a lockout lasts. */
  readonly window: number;
  /** Refuses `client.locked` or `user.locked` when there were too many failures; "any attempt to authenticate during this period will restart the timer". */
  check(kind: LockKind, deployment: number, subject: LockSubject): Promise<void>;
  /** Counts a failure. `who`: the subject's own name, if there is one of that name. */
  fail(
    kind: LockKind,
    deployment: number,
    subject: LockSubject & { readonly who?: string | undefined },
  ): Promise<void>;
  /** Forgets the failures. */
  succeed(kind: LockKind, deployment: number, subject: LockSubject): Promise<void>;
}

export interface LockoutOptions {
  readonly attempts: number;
  /** Seconds: how long failures count, and how long a lockout lasts. */
  readonly window: number;
  /** Called when a lock begins, and once in each window in which attempts keep it up: not at each of them. */
  readonly onLock?: (lock: ReportedLock) => void;
}

/**
 * Of one second factor, from anywhere. A code has six digits: if attempts were counted by address alone, a caller who knows the password would find one
 * within hours, from many addresses.
 */
export const factorLimits = ({ attempts, window }: Pick<LockoutOptions, 'attempts' | 'window'>) => ({
  attempts: Math.max(5, Math.floor(attempts / 10)),
  window: 12 * window,
});
const everywhere = 'everywhere';

/**
 * Counts by address and subject together, so that nobody can lock others out by failing on purpose. Source: the reference, Lockout (100 failures within 5
 * minutes).
 */
export function lockout(tallies: Tallies, { onLock, ...limits }: LockoutOptions): Lockout {
  const report = oncePer(limits.window, onLock);
  const ofFactors = factorLimits(limits);
  const limitsOf = (kind: LockKind) => (kind === 'factor' ? ofFactors : limits);
  return Object.freeze<Lockout>({
    window: limits.window,
    check: async (kind, deployment, { subject, address }) => {
      const { attempts, window } = limitsOf(kind);
      const key = keyOf(kind, subject, address);
      const tally = await tallies.read(deployment, key);
      if (!tally || tally.count <= attempts) return;
      await tallies.restart(deployment, key, window);
      report({ kind, deployment, key, address, failures: tally.count, left: window });
      const exact = `${tally.count} failures from ${address}`;
      if (kind === 'client') refuse('client.locked', { retryAfter: window, exact });
      refuse('user.locked', { retryAfter: window, exact });
    },
    fail: async (kind, deployment, { subject, address, who = '' }) => {
      const { attempts, window } = limitsOf(kind);
      const key = keyOf(kind, subject, address);
      const { count, resetsIn } = await tallies.add(deployment, key, window);
      if (count <= attempts) return;
      const named = who.slice(0, nameLengthMax);
      await tallies.mark(deployment, key, named);
      report({ kind, deployment, key, address, failures: count, left: resetsIn, who: named });
    },
    succeed: (kind, deployment, { subject, address }) =>
      tallies.forget(deployment, keyOf(kind, subject, address)),
  });
}

/** Characters of a name that is kept with a counter. */
const nameLengthMax = 255;
/** Locks of which it is remembered that they were reported. */
const reportedMax = 10_000;

type KeyedLock = ReportedLock & { readonly key: string };

/** Passes on the first of each lock, then one in each window. */
function oncePer(window: number, onLock: LockoutOptions['onLock']): (lock: KeyedLock) => void {
  const reported = new Map<string, { readonly until: number; readonly who: string | undefined }>();
  return ({ key, address, ...lock }) => {
    if (!onLock) return;
    const now = performance.now();
    const name = `${lock.deployment}:${key}`;
    const before = reported.get(name);
    if (before && now < before.until) return;
    const who = lock.who ?? before?.who;
    reported.delete(name);
    const [oldest] = reported.keys();
    if (reported.size >= reportedMax && oldest !== undefined) reported.delete(oldest);
    reported.set(name, { until: now + window * 1_000, who });
    const at = lock.kind === 'factor' ? everywhere : shownNetwork(networkOf(address));
    onLock({ ...lock, ...(who === undefined ? {} : { who }), address: at });
  };
}

/** Who is locked now, in the process or on the Redis whose counters these are. */
export async function listLocks(tallies: Tallies, which: WhichLocks = {}): Promise<readonly Lock[]> {
  return (await locksIn(tallies, which)).map(({ lock }) => lock);
}

/** Forgets the failures of locks. Returns the locks. */
export async function clearLocks(tallies: Tallies, which: WhichLocks): Promise<readonly Lock[]> {
  const found = await locksIn(tallies, which);
  for (const { key, lock } of found) await tallies.forget(lock.deployment, key);
  return found.map(({ lock }) => lock);
}

async function locksIn(tallies: Tallies, { deployment, kind, who, address }: WhichLocks) {
  const prefix = kind === undefined ? 'lockout:' : `lockout:${kind}:`;
  const wanted = address === undefined ? undefined : networkOf(address.replace(/::\/64$/, '::'));
  const found = await tallies.marked(prefix, deployment);
  return found.flatMap(({ key, count, resetsIn, ...marked }) => {
    const [, one, network = ''] = /^lockout:(client|user|factor):(.*):\d+$/s.exec(key) ?? [];
    if (who !== undefined && marked.who !== who) return [];
    if (wanted !== undefined && network !== wanted) return [];
    const lock: Lock = {
      kind: one as LockKind,
      deployment: marked.deployment,
      who: marked.who,
      address: shownNetwork(network),
      failures: count,
      left: resetsIn,
    };
    return [{ key, lock }];
  });
}

const shownNetwork = (network: string): string => (network.includes(':') ? `${network}::/64` : network);

// Subjects come from callers: each address gets a bounded number of counters, however many names it tries. There are so many that hardly any two
// people of a deployment share one: otherwise a sign-in under one's own name would clear the failures made under another.
const bucketsPerAddress = 65_536;

function keyOf(kind: LockKind, subject: string, address: string): string {
  const bucket = hash('sha256', subject.slice(0, 1_024), 'buffer').readUInt32BE() % bucketsPerAddress;
  return `lockout:${kind}:${kind === 'factor' ? everywhere : networkOf(address)}:${bucket}`;
}

/** An IPv6 caller has a whole /64 of addresses. */
function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv6'
    ? (parsed as ipaddr.IPv6).parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')
    : parsed.toString();
}
