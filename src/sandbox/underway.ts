/** Requests that are being answered, by the name of the deployment that their host means. */
export interface Underway {
  attend<T>(name: string | undefined, answer: () => Promise<T>): Promise<T>;
  /** Resolves when none is left, or after so many milliseconds. */
  over(name: string, waitMs: number): Promise<void>;
}

export function createUnderway(): Underway {
  const counts = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();

  function leave(name: string): void {
    const left = (counts.get(name) ?? 1) - 1;
    if (left > 0) {
      counts.set(name, left);
      return;
    }
    counts.delete(name);
    for (const resume of waiting.get(name) ?? []) resume();
    waiting.delete(name);
  }

  return Object.freeze<Underway>({
    attend: async (name, answer) => {
      if (name === undefined) return answer();
      counts.set(name, (counts.get(name) ?? 0) + 1);
      try {
        return await answer();
      } finally {
        leave(name);
      }
    },
    over: async (name, waitMs) => {
      if (!counts.has(name)) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, waitMs);
        waiting.set(name, [...(waiting.get(name) ?? []), resolve]);
      });
      clearTimeout(timer);
    },
  });
}
