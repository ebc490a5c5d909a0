/** What is to be over by a time. One timer looks after all of it: one each would have to be set and cleared at every request with a body. */
export interface Deadlines {
  /** Calls `expire` when so many milliseconds have passed, or little more, unless it is over by then. */
  set(milliseconds: number, expire: () => void): Deadline;
}

export interface Deadline {
  /** It is over: nothing expires. */
  clear(): void;
}

/** `tick`: milliseconds between two looks, while there is something to look at. */
export function createDeadlines(tick: number): Deadlines {
  const pending = new Map<Deadline, { readonly at: number; readonly expire: () => void }>();
  let looking: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const [deadline, { at, expire }] of pending) {
      if (at > now) continue;
      pending.delete(deadline);
      expire();
    }
    if (pending.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  return {
    set: (milliseconds, expire) => {
      const deadline: Deadline = { clear: () => pending.delete(deadline) };
      pending.set(deadline, { at: performance.now() + milliseconds, expire });
      looking ??= setInterval(look, tick).unref();
      return deadline;
    },
  };
}
