/** `: did you mean companies?` for a name that is nearly one of those there are, else nothing. */
export function nearest(name: string, known: Iterable<string>): string {
  const most = Math.max(1, Math.floor(name.length / 3));
  const close = [...known]
    .map((each) => ({ each, distance: distance(name.slice(0, 60), each) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return close.length === 0
    ? ''
    : `: did you mean ${close
        .slice(0, 3)
        .map(({ each }) => each)
        .join(' or ')}?`;
}

/** Levenshtein's: the least number of letters to add, remove or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
