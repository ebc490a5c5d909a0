import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * Keeps idle cores from sleeping until the returned function is called; `undefined` where the system does not let us. A core that sleeps has to
 * be woken by whoever sends it something: on a virtual machine that costs some 10 µs of the sender's time, and the slower server sends to a
 * generator that sleeps more often.
 */
export function keepAwake(): (() => void) | undefined {
  try {
    // The longest time that waking up may take, in microseconds; it counts as long as the file is open.
    const file = openSync('/dev/cpu_dma_latency', 'w');
    writeSync(file, new Int32Array([0]));
    return () => closeSync(file);
  } catch {
    return undefined;
  }
}
