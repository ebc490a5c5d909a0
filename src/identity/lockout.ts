import { hash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { refuse } from '../contract/refuse.ts';
import type { Tallies } from '../limits/tallies.ts';

export type Locked = 'client' | 'user';

export interface Lockout {
  /** Seconds that a lockout lasts. */
  readonly window: number;
  /** Refuses `client.locked` or `user.locked` when there were too many failures; "any attempt to authenticate during this period will restart the timer". */
  check(kind: Locked, deployment: number, subject: string, address: string): Promise<void>;
  /** Counts a failure. */
  fail(kind: Locked, deployment: number, subject: string, address: string): Promise<void>;
  /** Forgets the failures. */
  succeed(kind: Locked, deployment: number, subject: string, address: string): Promise<void>;
}

/**
 * By address and subject together: whoever fails on purpose locks nobody else out. `window` in seconds: how long failures count, and how
 * long a lockout lasts. Source: the reference, Lockout (100 failures within 5 minutes).
 */
export function lockout(
  tallies: Tallies,
  { attempts, window }: { readonly attempts: number; readonly window: number },
): Lockout {
  return Object.freeze<Lockout>({
    window,
    check: async (kind, deployment, subject, address) => {
      const key = keyOf(kind, subject, address);
      const tally = await tallies.read(deployment, key);
      if (!tally || tally.count <= attempts) return;
      await tallies.restart(deployment, key, window);
      const exact = `${tally.count} failures from ${address}`;
      if (kind === 'client') refuse('client.locked', { retryAfter: window, exact });
      refuse('user.locked', { retryAfter: window, exact });
    },
    fail: async (kind, deployment, subject, address) => {
      await tallies.add(deployment, keyOf(kind, subject, address), window);
    },
    succeed: (kind, deployment, subject, address) =>
      tallies.forget(deployment, keyOf(kind, subject, address)),
  });
}

// Subjects come from callers: each address gets a bounded number of counters, however many names it tries. So many that hardly any two people
// of a deployment share one: whoever signs in under a name of his own would clear the failures he made under the other.
const buckets = 65_536;

function keyOf(kind: Locked, subject: string, address: string): string {
  const bucket = hash('sha256', subject.slice(0, 1_024), 'buffer').readUInt32BE() % buckets;
  return `lockout:${kind}:${networkOf(address)}:${bucket}`;
}

/** An IPv6 caller has a whole /64 to call from. */
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
