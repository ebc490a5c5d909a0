/** What the wire calls a status. The current generation of the status page has a word of its own for lockouts (docs/reference/differences.md). */
export function wordFor(
  status: string,
  because: string | undefined,
  profile: 'older' | 'current' | undefined,
): string {
  const locked = because === 'client.locked' || because === 'user.locked';
  return profile === 'current' && locked ? 'too_many_failed_logins' : status;
}
