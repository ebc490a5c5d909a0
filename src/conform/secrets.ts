/** Secrets of a run, and what stands in their place wherever one would be shown. */
export interface Secrets {
  /** `shell` is what gives the value in a shell, such as `$TOKEN`. */
  keep(value: string, shell: string): void;
  /** For people: `$TOKEN` in place of the token. */
  hide(text: string): string;
  /** One word of a shell. */
  word(text: string): string;
}

/** Shorter ones stand in other text by chance. */
const shortest = 4;

export function secrets(): Secrets {
  const kept = new Map<string, string>();
  // The longest first: one may be part of another.
  const pattern = (): RegExp | undefined => {
    const values = [...kept.keys()].sort((one, other) => other.length - one.length);
    return values.length === 0 ? undefined : new RegExp(values.map((each) => escaped(each)).join('|'), 'g');
  };
  return Object.freeze<Secrets>({
    keep: (value, shell) => {
      if (value.length < shortest) return;
      const inForm = new URLSearchParams({ x: value }).toString().slice(2);
      for (const written of [value, encodeURIComponent(value), inForm]) kept.set(written, shell);
    },
    hide: (text) => {
      const found = pattern();
      return found ? text.replaceAll(found, (value) => kept.get(value) as string) : text;
    },
    word: (text) => {
      const found = pattern();
      const plain = (part: string): string => (part === '' ? '' : `'${part.replaceAll("'", `'\\''`)}'`);
      if (!found) return plain(text) || "''";
      let out = '';
      let at = 0;
      for (const match of text.matchAll(found)) {
        out += `${plain(text.slice(at, match.index))}"${kept.get(match[0])}"`;
        at = match.index + match[0].length;
      }
      return out + plain(text.slice(at)) || "''";
    },
  });
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
