/** One snapshot for all that is read in one turn of the event loop. */
export interface Snapshot {
  /** From here to the end of the turn reads share a snapshot. */
  share(): void;
  /** Before a read. */
  enter(): void;
  /** What is read from here on sees what was committed until now. */
  leave(): void;
}

/**
 * A read by itself takes and gives back a lock of the file, which costs as much as the reading; the reads of all requests that arrived
 * together can do so once. A request is read from its socket after the turn began, so it sees whatever was answered, by any process,
 * before it was sent; that holds only while requests are being read, and so the snapshot ends as soon as all of them were.
 */
export function snapshotOf(begin: () => void, end: () => void): Snapshot {
  let sharing = false;
  let open = false;
  const leave = (): void => {
    if (!open) return;
    open = false;
    end();
  };
  return {
    share: () => {
      if (sharing) return;
      sharing = true;
      setImmediate(() => {
        sharing = false;
        leave();
      });
    },
    enter: () => {
      if (!sharing || open) return;
      begin();
      open = true;
    },
    leave,
  };
}
