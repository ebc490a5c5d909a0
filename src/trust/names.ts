import { isIP } from 'node:net';
import { isHostLabel } from '../identity/deployments.ts';

/** Names below these, and these themselves, are all that the authority may vouch for: its leak harms nobody else. */
export const subtrees: readonly string[] = Object.freeze(['api.accelo.com', 'api.localhost', 'localhost']);

/** Addresses it may vouch for: those of this machine. Address and prefix length. */
export const networks: readonly (readonly [string, number])[] = Object.freeze([
  ['127.0.0.0', 8],
  ['::1', 128],
]);

/** What a certificate is always good for. */
export const usualNames: readonly string[] = Object.freeze([
  '*.api.accelo.com',
  '*.api.localhost',
  'localhost',
  '127.0.0.1',
  '::1',
]);

/** Whether the authority's constraints admit a host name (`*` may stand for its first label) or an address. */
export function admits(name: string): boolean {
  if (isIP(name) === 4) return name.startsWith('127.');
  if (isIP(name) === 6) return name === '::1';
  const labels = name.split('.');
  const plain = labels[0] === '*' ? labels.slice(1) : labels;
  if (name.length > 253 || !plain.every(isHostLabel)) return false;
  return subtrees.some((subtree) => plain.join('.') === subtree || plain.join('.').endsWith(`.${subtree}`));
}

/** Whether a host is one of those meant: the same name, or one whose first label a `*` stands for. */
export function matches(host: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return host === pattern;
  const dot = Math.max(0, host.indexOf('.'));
  return isHostLabel(host.slice(0, dot)) && host.slice(dot) === pattern.slice(1);
}

export const matchesOne = (host: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(host, pattern));
