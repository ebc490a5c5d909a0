/** One snapshot for all reads of one turn of the event loop. */
export interface Snapshot {
  /** From here to the end of the turn reads share a snapshot. */
  share(): void;
  /** Before a read. */
  enter(): void;
  /** Reads from here on see what was committed until now. */
  leave(): void;
}

/**
 * A single read takes and releases a lock of the file, which costs as much as the read itself; the reads of all requests that arrived
 * together can share it. A request is read from its socket after the turn began, so it sees whatever was answered, by any process,
 * before it was sent. That holds only while requests are being read, so the snapshot ends as soon as all of them were.
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
