import type { Log } from './log.ts';

/** Addresses that are noted: anybody can send the header, and a log is not for strangers to fill. */
const notedMost = 100;

/**
 * Notes, once for each address, that it sends `X-Forwarded-For` without being trusted. Behind a proxy of which the server knows nothing all
 * callers have one address, and any of them can lock a client or a username for all.
 */
export function proxyNote(log: Log): (address: string) => void {
  const noted = new Set<string>();
  return (address) => {
    if (noted.has(address) || noted.size >= notedMost) return;
    noted.add(address);
    log.note(
      'warn',
      `${address} sends X-Forwarded-For and is not trusted: if it is your proxy, all its callers count as one; start with --trust-proxy ${address} (ACCORD_TRUST_PROXY)`,
      { address },
    );
  };
}
